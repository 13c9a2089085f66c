"""The developer portal: deploys, secrets, administration of apps."""
