"""The rules of Gemini's generateContent, streamed or whole."""
