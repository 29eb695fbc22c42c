"""The thirteen classes and eight categories, in the order of `stl_types::Class`."""

CATEGORIES = ("blazers", "dresses", "jumpers", "shirts", "skirts", "trousers", "t-shirts", "tops")
CLASSES = ("background", "hair", "skin", *CATEGORIES, "outerwear", "other-worn")
FIRST_CATEGORY = CLASSES.index(CATEGORIES[0])
