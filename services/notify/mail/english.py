"""What mails say in English."""

from services.notify.mail.texts import Texts, Words

_SECURE_IT = (
    "If it was not you: set a new password at $url/password-reset (POST /v1/auth/password-reset), "
    "which signs out every device, and look through your access tokens (GET /v1/me/tokens)."
)
_ASK = (
    "If it was not you: somebody else has got into your account. Tell the people who run this "
    "Warehouse right away."
)

TEXTS = Texts(
    greeting="Hello $name,",
    greeting_nameless="Hello,",
    when="When: $time",
    when_and_where="When: $time\nFrom: $where",
    good_until="The link works once, until $time.",
    by_api="Without a browser: $call",
    footer="Sent by Warehouse at $url because of what is told above. Replies are not read.",
    somebody="Somebody",
    a_workspace="a workspace",
    roles={"owner": "owner", "admin": "admin", "member": "member", "viewer": "viewer"},
    verify_email=Words(
        subject="Confirm your e-mail address",
        happened="This address was given for an account at Warehouse. Confirm that it is yours.",
        label="Confirm this address",
        otherwise=(
            "If it was not you, do nothing: without the confirmation nobody can act in your name."
        ),
    ),
    password_reset=Words(
        subject="Set a new password",
        happened="A new password was asked for your account at Warehouse. Choose one.",
        label="Choose a new password",
        otherwise=(
            "If it was not you, do nothing: your password stays as it is. Whoever asked has seen "
            "neither this mail nor anything of your account."
        ),
    ),
    invitation=Words(
        subject="$inviter invites you to $workspace",
        happened=(
            "$inviter invites you to $workspace at Warehouse, where people keep track of what they "
            "own, where it is and who has it. You would be: $role. To accept, sign in with this "
            "address; if it has no account yet, register with it first."
        ),
        label="See the invitation",
        otherwise="If you do not know them, do nothing: the invitation ends by itself.",
    ),
    security={
        "password_changed": Words(
            subject="Your password was changed",
            happened="The password of your account was changed.",
            otherwise=_SECURE_IT,
        ),
        "refresh_token_reused": Words(
            subject="One of your sessions was ended",
            happened=(
                "The key of one of your sessions was used a second time, which happens when it was "
                "copied. To be safe, that session was ended; sign in again."
            ),
            otherwise=(
                "If you do not know the device or the address: set a new password at "
                "$url/password-reset, which signs out every device."
            ),
        ),
        "email_changed": Words(
            subject="Your e-mail address was changed",
            happened=(
                "Your account has another e-mail address now. Mails to this one end with this one."
            ),
            otherwise=_ASK,
        ),
        "second_factor_enabled": Words(
            subject="Signing in takes a second step now",
            happened=(
                "A second factor was set up for your account: signing in takes a code from your "
                "authenticator app besides the password. Keep the recovery codes where you find "
                "them without your phone."
            ),
            otherwise=_ASK,
        ),
        "second_factor_disabled": Words(
            subject="Signing in takes no second step any more",
            happened="The second factor of your account was removed: the password is enough.",
            otherwise=_SECURE_IT,
        ),
        "recovery_code_used": Words(
            subject="A recovery code was used",
            happened=(
                "Somebody signed in to your account with one of your recovery codes, which is good "
                "no more. If you are running out of them, make new ones."
            ),
            otherwise=_SECURE_IT,
        ),
        "token_created": Words(
            subject="A new access token for your account",
            happened=(
                "An access token was made for your account. Whoever has it can act in your name, "
                "as far as its scopes go."
            ),
            otherwise=_SECURE_IT,
        ),
        "account_deactivated": Words(
            subject="Your account was deactivated",
            happened="Your account was deactivated, and all its sessions were ended.",
            otherwise=(
                "If it was not you, or if you want it back: set a new password at "
                "$url/password-reset (POST /v1/auth/password-reset), which opens the account again."
            ),
        ),
    },
    security_other=Words(
        subject="Something about your account's security changed",
        happened=(
            "What guards your account was changed. Your sessions (GET /v1/me/sessions) and access "
            "tokens (GET /v1/me/tokens) tell you more."
        ),
        otherwise=_SECURE_IT,
    ),
)
