"""The bytes of a cassette file: encoder and decoder as mirrors, over frames, lines and index."""
