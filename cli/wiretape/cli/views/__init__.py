"""What people and programs are shown, one file a view. Pure: data in, text out."""
