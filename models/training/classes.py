"""The thirteen classes and eight categories, in the order of `stl_shared::Class`, and CCP's labels among them."""

CATEGORIES = ("blazers", "dresses", "jumpers", "shirts", "skirts", "trousers", "t-shirts", "tops")
CLASSES = ("background", "hair", "skin", *CATEGORIES, "outerwear", "other-worn")
FIRST_CATEGORY = CLASSES.index(CATEGORIES[0])

_CCP = {
    "background": "null",
    "hair": "hair",
    "skin": "skin",
    "blazers": "blazer suit",
    "dresses": "dress romper",
    "jumpers": "cardigan hoodie jumper sweater sweatshirt",
    "shirts": "shirt blouse",
    "skirts": "skirt",
    "trousers": "pants jeans leggings shorts",
    "t-shirts": "t-shirt",
    "tops": "top bodysuit bra intimate swimwear",
    "outerwear": "coat jacket cape vest",
}


def class_of_ccp(*, label: str) -> int:
    """The class of one of CCP's 59 labels; whatever is worn and none of the garments is `other-worn`."""
    for name, labels in _CCP.items():
        if label in labels.split():
            return CLASSES.index(name)
    return CLASSES.index("other-worn")
