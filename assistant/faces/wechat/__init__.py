"""公众号 and 企业微信: messages in their envelopes, plain words out, late answers included."""
