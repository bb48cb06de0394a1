"""Every error the product raises on purpose.

PolicyAssistantError
├── QuestionError            the question cannot be asked as it stands     HTTP 400, exit 2
│   ├── EmptyQuestion
│   └── QuestionTooLong                                                     HTTP 413
├── NotFoundError            the name or id is not in the index            HTTP 404, exit 1
│   ├── UnknownArea
│   ├── UnknownClause
│   ├── UnknownDocument
│   ├── UnknownModel
│   ├── UnknownKey                                                          exit 2
│   └── UnknownUnit
├── CorpusError              the documents cannot be read                  HTTP 503, exit 1
│   └── UnreadableFile
├── IndexFileError           what is on disk cannot be trusted             HTTP 503, exit 1
├── EncoderError             a model cannot be loaded or does not fit      HTTP 503, exit 1
├── LedgerError              the ledger's database is not one we can use   HTTP 503, exit 1
│   ├── LedgerUnavailable    it cannot be reached or written just now       HTTP 503, exit 1
│   └── LedgerInputError     what was handed in cannot be recorded          HTTP 400, exit 2
├── AdministrationError      the administrator's wish cannot be met         HTTP 400
│   ├── UnknownUpload                                                       HTTP 404
│   └── TooLargeUpload                                                      HTTP 413
├── AccessError              the caller may not, or not now
│   ├── Unauthorized         no key, or one that is not valid               HTTP 401
│   ├── Forbidden            the key is not for this                        HTTP 403
│   ├── TooManyRequests      more often than the settings allow             HTTP 429
│   └── KeyStoreError        the file of keys cannot be read or written     HTTP 503, exit 1
├── SettingsError            a setting is wrong                            exit 2
├── ServiceStopping          no answer any more from this process           HTTP 503
├── PortInUse                the server cannot listen                      exit 1
└── WorkerFailed             one of its processes ended before it began    exit 1

A message is one Chinese sentence that says what is wrong, where, and what to do; it is shown as it
is. The faces map the class, never the text, to a status.
"""

from __future__ import annotations


class PolicyAssistantError(Exception):
    """Base of all deliberate errors; ``str(error)`` is fit to be shown to a user."""


class QuestionError(PolicyAssistantError):
    """The question cannot be asked as it stands."""


class EmptyQuestion(QuestionError):
    """Nothing is left of the question once blanks and control characters are removed."""

    def __init__(self) -> None:
        super().__init__("问题是空的，请输入要查询的内容，例如“市科技局负责哪些任务？”。")


class QuestionTooLong(QuestionError):
    """The question is longer than the settings allow."""

    def __init__(self, length: int, limit: int) -> None:
        self.length, self.limit = length, limit
        super().__init__(f"问题有{length}个字，超过上限{limit}个字，请缩短后再问。")


class NotFoundError(PolicyAssistantError):
    """A name or an id that the index does not hold."""


class UnknownArea(NotFoundError):
    """No document names this area."""

    def __init__(self, area: str) -> None:
        self.area = area
        super().__init__(f"已收录的文件没有提到区域“{area[:40]}”，请核对名称或换一个区域。")


class UnknownClause(NotFoundError):
    """No clause has this id."""

    def __init__(self, clause_id: str) -> None:
        self.clause_id = clause_id
        super().__init__(
            f"没有编号为“{clause_id[:80]}”的条款，请从检索结果或引用链接中取得条款编号。"
        )


class UnknownDocument(NotFoundError):
    """No document has this id."""

    def __init__(self, document_id: str) -> None:
        self.document_id = document_id
        super().__init__(f"没有编号为“{document_id[:80]}”的文件，请从文件列表中取得文件编号。")


class UnknownModel(NotFoundError):
    """There is only one model, and it is called otherwise."""

    def __init__(self, name: str, only: str) -> None:
        super().__init__(f"没有名为“{name[:80]}”的模型，可用的是“{only}”。")


class UnknownKey(NotFoundError):
    """No API key has this id."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        super().__init__(f"没有编号为“{key_id[:40]}”的密钥，请用 keys list 查看已有的密钥。")


class UnknownUnit(NotFoundError):
    """No document names this unit as responsible for anything."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        super().__init__(f"已收录的文件没有列出单位“{unit[:40]}”，请核对名称或查看单位列表。")


class CorpusError(PolicyAssistantError):
    """The folder of documents is missing, empty or holds nothing readable."""


class UnreadableFile(CorpusError):
    """One file cannot be read; carries the file and the reason."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"文件“{path}”无法读取：{reason}。")


class IndexFileError(PolicyAssistantError):
    """The index on disk is missing, torn, foreign or stale."""


class EncoderError(PolicyAssistantError):
    """The encoder or the reranker cannot be loaded, or does not fit the index."""


class LedgerError(PolicyAssistantError):
    """The ledger (问答记录) cannot be used: its database, its schema or its key is not ours."""


class LedgerUnavailable(LedgerError):
    """The ledger's database cannot be reached, read or written just now; later it may."""


class LedgerInputError(LedgerError):
    """What was handed to the ledger is too long, unknown to it, or against its rules."""


class AdministrationError(PolicyAssistantError):
    """What the administrator asked for cannot be done."""


class UnknownUpload(AdministrationError):
    """No upload of this id waits."""

    def __init__(self) -> None:
        super().__init__("没有这份上传，它可能已经收录、放弃或过期，请重新上传。")


class TooLargeUpload(AdministrationError):
    """The file is larger than the settings allow."""

    def __init__(self, limit_mib: int) -> None:
        super().__init__(f"文件超过 {limit_mib} MiB，请拆分后再上传。")


class AccessError(PolicyAssistantError):
    """Whoever calls may not do so, or not now."""


class Unauthorized(AccessError):
    """There is no key, or it is forged, revoked or out of date."""


class Forbidden(AccessError):
    """The key is valid, but not for this."""


class TooManyRequests(AccessError):
    """More requests than the settings allow; ``seconds`` until one may be made again."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"请求太频繁，请在{seconds}秒后再试。")


class KeyStoreError(AccessError):
    """The file of API keys cannot be read or written, so that no key can be checked."""


class SettingsError(PolicyAssistantError):
    """A setting has a value that cannot be used; the message names the setting."""


class ServiceStopping(PolicyAssistantError):
    """The service ends before the answer was ready."""

    def __init__(self) -> None:
        super().__init__("服务正在停止或重启，请稍后再问。")


class PortInUse(PolicyAssistantError):
    """The address that the server should listen on is taken."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        super().__init__(
            f"端口{host}:{port}已被占用，请换一个端口（设置 PORT）或停止占用它的程序。"
        )


class WorkerFailed(PolicyAssistantError):
    """A worker process ended before it had begun to serve."""
