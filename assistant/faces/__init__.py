"""Browser, HTTP, terminal, LangChain: they translate, they decide nothing."""
