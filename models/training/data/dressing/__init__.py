"""Dressing: a product's look is laid on a photographed person's garment, which gives pairs of a photo and its products.

Product picture → `figure` → `studio_garment` or `flat_garment` → `cloth`; cloth and a photo's region → `warp` → `shade` → `blend`,
which `dress` puts in a row; `wardrobe` chooses who wears what.
"""
