"""A model's wording of an answer: any OpenAI-compatible endpoint, checked sentence by sentence."""
