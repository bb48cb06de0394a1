"""政策问答助手: answers about official policy documents, with the exact clause and its units.

The public door is :class:`assistant.service.PolicyAssistant`; the values it returns are defined in
:mod:`assistant.model` (documents, clauses, units) and :mod:`assistant.answer` (the Answer object).
"""
