"""Training of Street2Fashion, FashionDNA and Fashion2Shop, and their export to ONNX. See `models/README.md`."""
