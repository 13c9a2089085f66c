"""The dashboard at `/__mock__/`: pages that show and change a world through the control plane."""
