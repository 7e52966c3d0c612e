"""What the lab runs: a random encoder, a trained trio and a real pretrained model."""
