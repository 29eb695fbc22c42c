"""Dressing: a product's cloth replaces a photographed person's garment, which gives pairs of a photo and its products.

Product picture → `figure` → `studio_garment` or `flat_garment` → `cloth`; cloth and a photo's region → `warp` → `shade` → `blend`,
which `dress` runs in turn; `wardrobe` chooses who wears what.
"""
