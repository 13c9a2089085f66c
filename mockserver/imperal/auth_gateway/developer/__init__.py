"""The developer portal: deploys, manifests, secrets, earnings and payouts."""
