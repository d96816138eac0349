"""What mails say in Estonian."""

from services.notify.mail.texts import Texts, Words

_SECURE_IT = (
    "Kui see ei olnud sina: määra uus parool aadressil $url/password-reset (POST "
    "/v1/auth/password-reset), misjärel kõik seadmed logitakse välja, ja vaata üle oma "
    "juurdepääsuvõtmed (GET /v1/me/tokens)."
)
_ASK = (
    "Kui see ei olnud sina, on keegi teine sinu kontole sisse saanud. Anna sellest kohe teada "
    "neile, kes seda Warehouse'i haldavad."
)

TEXTS = Texts(
    greeting="Tere, $name!",
    greeting_nameless="Tere!",
    when="Millal: $time",
    when_and_where="Millal: $time\nKust: $where",
    good_until="Link kehtib üheks korraks, kuni $time.",
    by_api="Ilma veebilehitsejata: $call",
    footer="Kirja saatis Warehouse aadressil $url ülal kirjeldatud põhjusel. Vastuseid sellele "
    "keegi ei loe.",
    somebody="Keegi",
    a_workspace="tööruum",
    roles={"owner": "omanik", "admin": "haldur", "member": "liige", "viewer": "vaatleja"},
    verify_email=Words(
        subject="Kinnita oma e-posti aadress",
        happened="See aadress anti Warehouse'i konto jaoks. Kinnita, et see kuulub sulle.",
        label="Kinnita aadress",
        otherwise=(
            "Kui see ei olnud sina, ära tee midagi: ilma kinnituseta ei saa keegi sinu nimel "
            "tegutseda."
        ),
    ),
    password_reset=Words(
        subject="Määra uus parool",
        happened="Sinu Warehouse'i kontole sooviti määrata uut parooli. Vali see siin.",
        label="Vali uus parool",
        otherwise=(
            "Kui see ei olnud sina, ära tee midagi: sinu parool jääb samaks. Soovija pole näinud "
            "ei seda kirja ega midagi sinu kontolt."
        ),
    ),
    invitation=Words(
        subject="$inviter kutsub sind: $workspace",
        happened=(
            "$inviter kutsub sind Warehouse'i tööruumi „$workspace“. Warehouse'is peetakse arvet "
            "asjade üle: mis on olemas, kus see asub ja kelle käes see on. Sinu roll oleks: $role. "
            "Vastuvõtmiseks logi sisse selle aadressiga; kui sel veel kontot pole, registreeru "
            "enne."
        ),
        label="Vaata kutset",
        otherwise="Kui sa kutsujat ei tunne, ära tee midagi: kutse aegub ise.",
    ),
    security={
        "password_changed": Words(
            subject="Sinu parool vahetati",
            happened="Sinu konto parool vahetati.",
            otherwise=_SECURE_IT,
        ),
        "refresh_token_reused": Words(
            subject="Üks sinu seanss lõpetati",
            happened=(
                "Ühe sinu seansi võtit kasutati teist korda. Nii juhtub, kui see on kopeeritud. "
                "Igaks juhuks see seanss lõpetati; logi uuesti sisse."
            ),
            otherwise=(
                "Kui see seade või aadress on sulle võõras: määra uus parool aadressil "
                "$url/password-reset, misjärel kõik seadmed logitakse välja."
            ),
        ),
        "email_changed": Words(
            subject="Sinu e-posti aadress muudeti",
            happened=(
                "Sinu kontol on nüüd teine e-posti aadress. Siia aadressile on see viimane kiri."
            ),
            otherwise=_ASK,
        ),
        "second_factor_enabled": Words(
            subject="Sinu kontol on nüüd kaheastmeline sisselogimine",
            happened=(
                "Sinu kontol lülitati sisse kaheastmeline sisselogimine: peale parooli on vaja ka "
                "autentimisrakenduse koodi. Hoia taastekoode seal, kust leiad need ka ilma "
                "telefonita."
            ),
            otherwise=_ASK,
        ),
        "second_factor_disabled": Words(
            subject="Kaheastmeline sisselogimine lülitati välja",
            happened="Sinu konto kaheastmeline sisselogimine lülitati välja: piisab paroolist.",
            otherwise=_SECURE_IT,
        ),
        "recovery_code_used": Words(
            subject="Kasutati taastekoodi",
            happened=(
                "Sinu kontole logiti sisse ühe sinu taastekoodiga, mis enam ei kehti. Kui koodid "
                "hakkavad otsa saama, tee uued."
            ),
            otherwise=_SECURE_IT,
        ),
        "token_created": Words(
            subject="Sinu kontol on uus juurdepääsuvõti",
            happened=(
                "Sinu kontole tehti juurdepääsuvõti. Kelle käes see on, saab sinu nimel tegutseda "
                "nii palju, kui võti lubab."
            ),
            otherwise=_SECURE_IT,
        ),
        "account_deactivated": Words(
            subject="Sinu konto deaktiveeriti",
            happened="Sinu konto deaktiveeriti ja kõik selle seansid lõpetati.",
            otherwise=(
                "Kui see ei olnud sina või tahad kontot tagasi: määra uus parool aadressil "
                "$url/password-reset (POST /v1/auth/password-reset), mis avab konto uuesti."
            ),
        ),
    },
    security_other=Words(
        subject="Sinu konto turvalisuses midagi muutus",
        happened=(
            "Muudeti midagi, mis sinu kontot kaitseb. Täpsemalt näitavad seda sinu seansid "
            "(GET /v1/me/sessions) ja juurdepääsuvõtmed (GET /v1/me/tokens)."
        ),
        otherwise=_SECURE_IT,
    ),
)
