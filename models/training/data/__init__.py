"""Everything that is learnt from or measured on: packs, splits, pictures, augmentation and dressing."""
