"""Writing without a language model: each module composes some of the sections, ``writer`` the whole."""
