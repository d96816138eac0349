"""Amounts of money: kept in the smallest unit of their currency, written by people in the larger
one (ISO 4217)."""

from decimal import Decimal

# How many decimals a currency has, where it is not two.
_WITHOUT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"


def decimals(code: str) -> int:
    """How many decimals amounts in this currency have."""
    return 0 if code in _WITHOUT else 3 if code in _THREE else 2


def amount_of(minor_units: int, code: str) -> Decimal:
    """1250 cents are 12.50 EUR."""
    return Decimal(minor_units).scaleb(-decimals(code))
