"""What only a state that servers share needs: its connection may be lost, frozen or waited for."""
