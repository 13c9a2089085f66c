"""The control plane `/__mock__/`."""
