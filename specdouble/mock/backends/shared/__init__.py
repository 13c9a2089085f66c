"""What only a state that servers share needs: its turns, its database, and how that is reached."""
