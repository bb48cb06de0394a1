"""What an answer says, held to the documents."""
