"""A result from the reader's side: findings by operation, what would prove more, what changed since another one."""
