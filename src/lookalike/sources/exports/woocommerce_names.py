"""Column names of WooCommerce's product export: it writes them in the language of who exports."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from lookalike.sources.columns import spelled

__all__ = ["english_of"]

_BY_WORD: Final = {
    # English, then German, Spanish and French as their exports have them
    "type": ("typ", "tipo"),
    "sku": ("artikelnummer", "ugs"),
    "gtin_upc_ean_or_isbn": ("gtin, upc, ean oder isbn", "gtin, upc, ean, o isbn", "gtin, upc, ean ou isbn"),
    "name": ("nombre", "nom"),
    "published": ("veröffentlicht", "publicado", "publié"),
    "is_featured": ("ist hervorgehoben", "está destacado", "mis en avant"),
    "visibility_in_catalog": ("sichtbarkeit im katalog", "visibilidad en el catálogo", "visibilité dans le catalogue"),
    "short_description": ("kurzbeschreibung", "descripción corta", "description courte"),
    "description": ("beschreibung", "descripción"),
    "date_sale_price_starts": (
        *("datum, an dem angebotspreis beginnt", "día en que empieza el precio rebajado"),
        "date de début de promo",
    ),
    "date_sale_price_ends": (
        *("datum, an dem angebotspreis endet", "día en que termina el precio rebajado", "date de fin de promo"),
    ),
    "tax_status": ("steuerstatus", "estado del impuesto", "état de la tva"),
    "tax_class": ("steuerklasse", "clase de impuesto", "classe tva"),
    "in_stock": ("vorrätig", "existencias", "en inventario", "en stock"),
    "stock": ("lager", "lagerbestand", "inventario"),
    "low_stock_amount": ("geringe lagermenge", "cantidad de bajo inventario", "montant de stock faible"),
    "backorders_allowed": (
        *("lieferrückstande erlaubt", "lieferrückstände erlaubt", "permitir reservas de productos agotados"),
        "autoriser les commandes de produits en rupture",
    ),
    "sold_individually": ("nur einzeln verkaufen", "vendido individualmente", "vendre individuellement"),
    "weight_kg": ("gewicht (kg)", "peso (kg)", "poids (kg)"),
    "length_cm": ("länge (cm)", "longitud (cm)", "longueur (cm)"),
    "width_cm": ("breite (cm)", "anchura (cm)", "ancho (cm)", "largeur (cm)"),
    "height_cm": ("höhe (cm)", "altura (cm)", "hauteur (cm)"),
    "allow_customer_reviews": (
        *("kundenbewertungen erlauben", "permitir valoraciones de clientes", "autoriser les avis clients"),
    ),
    "purchase_note": ("hinweis zum kauf", "nota de compra", "note de l'achat", "note de commande"),
    "sale_price": ("angebotspreis", "precio rebajado", "tarif promo"),
    "regular_price": ("regulärer preis", "precio normal", "tarif régulier"),
    "categories": ("kategorien", "categorías", "categorias", "catégories"),
    "tags": ("schlagwörter", "etiquetas", "étiquettes"),
    "shipping_class": ("versandklasse", "clase de envío", "classe de livraison"),
    "images": ("bilder", "imágenes"),
    "download_limit": ("downloadlimit", "límite de descargas", "limite de téléchargement"),
    "download_expiry_days": (
        *("ablauftage des downloads", "días de caducidad de la descarga", "jours d'expiration du téléchargement"),
    ),
    "parent": ("übergeordnetes produkt", "superior"),
    "grouped_products": ("gruppierte produkte", "productos agrupados", "groupes de produits"),
    "upsells": ("zusatzverkäufe", "ventas dirigidas", "produits suggérés", "montée en gamme"),
    "cross_sells": ("cross-sells (querverkäufe)", "ventas cruzadas", "ventes croisées"),
    "external_url": ("externe url", "url externa", "url externe"),
    "button_text": ("button-text", "texto del botón", "libellé du bouton"),
    "position": ("posición",),
    "brands": ("marken", "marcas", "marques"),
}
_ENGLISH: Final = {foreign: english for english, words in _BY_WORD.items() for foreign in words}
_OF_ATTRIBUTE: Final = re.compile(
    r"attribut [0-9]+ |(?:nombre|valor\(es\)) del atributo |atributo |(?:nom|valeur\(s\)) de l'attribut "
)
_NUMBER: Final = re.compile(r"[0-9]+")
_DOWNLOAD: Final = re.compile(r"(?:.* )?(?:descarga|téléchargement|download)(?: [0-9]+|.* [0-9]+)|download [0-9]+ .*")
_LONGEST_NAME: Final = 200
"""No column of an export is called by more; the search for downloads takes the square of a name's length."""


def english_of(name: str) -> str:
    """The column `name` as `spelled` gives it of an English export; another language's only as far as it is known."""
    if len(name) > _LONGEST_NAME:
        return spelled(name)
    plain = unicodedata.normalize("NFKC", name).replace("’", "'").casefold()
    plain = " ".join(plain.split()).strip("¿? ")
    if plain.startswith(("méta", "meta:", "metadaten")):
        return f"meta_{spelled(name)}"
    number = _NUMBER.search(plain)
    if number is not None and _OF_ATTRIBUTE.match(plain):
        return f"attribute_{number[0]}_{_part_of(plain)}"
    if _DOWNLOAD.fullmatch(plain):
        return f"download_{spelled(name)}"
    return _ENGLISH.get(plain) or spelled(name)


def _part_of(attribute: str) -> str:
    if re.search(r"wert|valor|valeur", attribute):
        return "value_s"
    return "name" if re.search(r"\bname\b|\bnombre\b|\bnom\b", attribute) else "visible"
