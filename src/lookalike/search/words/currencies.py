"""How sums of money are written in questions, folded, as parts of regular expressions.

No currency is told from another: a catalogue is priced in one.
"""

from __future__ import annotations

from lookalike.catalog.analysis import NO_SPACES

__all__ = ["HAN_MONEY", "MONEY", "POUNDS_OR_PIECES", "SIGN"]

_SIGNS = "€$£¥￥₹₩₽₺₪₫₱₴₦฿"
_ENDS = rf"(?![^\W{NO_SPACES}])"
_CODES = "eur|usd|gbp|chf|rmb|pln|aud|nzd|hkd|sgd|twd|jpy|cny|krw|inr|sek|dkk|nok|czk|huf|rub|brl|mxn|zar|thb"
# Not before a sum: cad and ron, which are also words there.
HAN_MONEY = "元|块钱|人民币|欧元|美元|美金|英镑|日元|日圆|円|港币|港元|台币|韩元|韩币|원|加元|澳元|卢布"
"""Names of money in scripts without spaces."""
MONEY = (
    rf"[{_SIGNS}]|{HAN_MONEY}"
    rf"|(?:euros?|{_CODES}|cad|ron|us dollars?|dollars?|bucks|quid|yuan|yen|rupees?|francs?|kronor|kroner|kronen|zloty"
    rf"|roubles?|руб(?:леи|ля|ль)?){_ENDS}"
)
"""What stands behind a sum and is money and nothing else."""
POUNDS_OR_PIECES = rf"块|(?:pounds?|kr|zl){_ENDS}"
"""What stands behind a sum and may be something else: a pound is a weight, 块 is a piece."""
SIGN = rf"(?:(?:us\s?|hk|nt|au?|ca?|nz|mx|s|r)?[{_SIGNS}]\s?|(?:{_CODES}|rs\.?)\s?)"
"""What stands before a sum."""
