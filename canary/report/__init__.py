"""What people read: pages and their plain-text twins, made from records alone."""
