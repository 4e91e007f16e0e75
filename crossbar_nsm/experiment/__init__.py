"""What commands do, each in its file; rooms: `config`, `images`, `settings_in_use` (which of them matter), `studies`
(sweeps), `budget`, `training`, `self_test`."""
