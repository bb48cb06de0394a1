"""One frozen object of settings, and the only reader of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.errors import SettingsError

MAX_EARLIER_QUESTIONS = 8
PROJECT_ROOT = Path(__file__).resolve().parent.parent
Backend = Literal["torch", "onnx", "openvino"]


def _without_login(url: str) -> str:
    if "@" in url:
        raise PydanticCustomError("login", "there is a user name or a password in it")
    return url


Url = Annotated[str, AfterValidator(_without_login)]  # shown as it is, in links or to the operator


class Settings(BaseSettings):
    """All settings; each is read from the environment variable of its upper-case name."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    corpus_dir: Path = Field(PROJECT_ROOT / "corpus", description="文件所在的文件夹")
    index_dir: Path = Field(PROJECT_ROOT / "index", description="索引所在的文件夹（自动生成）")
    unit_names_file: Path | None = Field(
        None, description="自己的机关名称表（YAML，格式同随附的 unit_names.yaml），补充各种写法"
    )
    host: str = Field("127.0.0.1", min_length=1, description="服务监听的地址")
    port: int = Field(7860, ge=1, le=65535, description="服务监听的端口")
    refresh_seconds: float = Field(
        5.0, ge=0.1, le=86400.0, description="服务每隔几秒查看文件和索引有没有变化"
    )
    public_base_url: Url = Field(
        "",
        pattern=r"^(https?://\S+[^/\s])?$",
        description="对外网址，用于回答中的条款链接；空则用相对链接，末尾不带斜杠",
    )
    state_dir: Path = Field(
        PROJECT_ROOT / ".state", description="运行记录、上传和撤下的文件所在的文件夹（自动生成）"
    )
    ledger_url: SecretStr | None = Field(
        None,
        description="问答记录与反馈的数据库网址（SQLAlchemy 格式），空则用 STATE_DIR 下的 SQLite",
    )
    audit_retention_days: int = Field(
        183, ge=183, le=36500, description="问答记录保存的天数，不少于 183 天"
    )
    admin_password: SecretStr | None = Field(
        None, min_length=8, description="管理页面的密码，至少 8 个字符；不设则没有管理页面"
    )
    upload_limit_mib: int = Field(32, ge=1, le=1024, description="上传的文件的大小上限（MiB）")
    encoder_model: str = Field(
        "", description="编码模型：空为随附模型，或 sentence-transformers 的模型名、文件夹"
    )
    encoder_device: str = Field(
        "cpu", min_length=1, description="编码和重排模型运行的设备：cpu、cuda、cuda:0、mps 等"
    )
    encoder_batch_size: int = Field(32, ge=1, le=4096, description="编码和重排时每批的条数")
    encoder_backend: Backend = Field(
        "torch", description="编码和重排模型的运行后端：torch、onnx 或 openvino（后两种须另行安装）"
    )
    encoder_query_prompt: str = Field(
        "", description="编码问题时的前缀：空则用模型自带的或该系列通用的，填“无”则不加"
    )
    encoder_passage_prompt: str = Field(
        "", description="编码条款时的前缀：空则用模型自带的或该系列通用的，填“无”则不加"
    )
    reranker_model: str = Field(
        "", description="重排模型（cross-encoder）的名称或文件夹，空则不重排"
    )
    reranker_depth: int = Field(50, ge=1, le=200, description="重排最前面的多少条")
    prompts_dir: Path = Field(PROJECT_ROOT / "prompts", description="大模型的提示词所在的文件夹")
    llm_base_url: Url = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        repr=False,  # some providers want the key in it: …?key=
        description="大模型接口的网址（OpenAI 兼容，一般以 /v1 结尾），空则不用大模型",
    )
    llm_model: str = Field("", description="大模型的名称，由接口的提供者给出")
    llm_api_key: SecretStr | None = Field(None, description="大模型接口的密钥，不需要的接口可不填")
    llm_budget_seconds: float = Field(
        20.0, ge=0.5, le=120.0, description="大模型作答的时间上限（秒），到时用原文摘录作答"
    )
    llm_record_number: str = Field("", description="大模型的备案号，显示在回答的标识中")
    api_model_name: str = Field(
        "policy-assistant", min_length=1, description="OpenAI 兼容接口中的模型名称"
    )
    api_public: str = Field(
        "answers,search,documents,feedback,mcp",
        description="不用密钥就能调用的接口，逗号隔开：权限的名称或地址的开头；填 none 则都要密钥",
    )
    rate_limit_key: str = Field(
        "600/minute", description="每个密钥的调用次数上限，如 600/minute；填 none 则不限"
    )
    rate_limit_user: str = Field(
        "120/minute",
        description="每个用户（没有密钥时是每个网络地址）的调用次数上限；填 none 则不限",
    )
    rate_limit_chat: str = Field(
        "600/minute",
        description="网页对话中每个网络地址的请求次数上限（一次提问约两次请求）；填 none 则不限",
    )
    request_seconds: float = Field(
        60.0, ge=5.0, le=600.0, description="一次接口调用的时间上限（秒），到时返回 504"
    )
    cors_origins: str = Field(
        "", description="可以从浏览器直接调用接口的网站，如 https://www.example.gov.cn，逗号隔开"
    )
    trusted_proxies: str = Field(
        "", description="反向代理的地址或网段，逗号隔开；只相信它们转来的来访地址和协议"
    )
    workers: int = Field(
        1, ge=1, le=64, description="几个进程共用一个端口；多于 1 个时须设 REDIS_URL"
    )
    log_format: Literal["text", "json"] = Field("text", description="日志的格式：text 或 json")
    redis_url: SecretStr | None = Field(
        None, description="多个进程共用的 Redis 的网址（redis://…），不设则各用自己的内存"
    )
    wechat_mp_token: SecretStr | None = Field(
        None, description="公众号服务器配置的 Token；不设则没有 /wechat/mp"
    )
    wechat_mp_app_id: str = Field(
        "", description="公众号的 AppID（安全模式、兼容模式和发客服消息时须填）"
    )
    wechat_mp_aes_key: SecretStr | None = Field(
        None, description="公众号的 EncodingAESKey（43 个字符），明文模式可不填"
    )
    wechat_mp_previous_aes_key: SecretStr | None = Field(
        None, description="更换前的 EncodingAESKey，更换期间填写"
    )
    wechat_mp_encrypted_only: bool = Field(
        False, description="只收加密的消息（后台选“安全模式”时设为 true）"
    )
    wechat_mp_certified: bool = Field(
        False, description="公众号已认证：晚到的回答用客服消息发出；未认证则请用户回复任意文字查看"
    )
    wechat_mp_app_secret: SecretStr | None = Field(
        None, description="公众号的 AppSecret，发客服消息时须填"
    )
    wecom_corp_id: str = Field("", description="企业微信的企业 ID（CorpID）")
    wecom_app_token: SecretStr | None = Field(
        None, description="企业微信应用接收消息的 Token；不设则没有 /wecom/app"
    )
    wecom_app_aes_key: SecretStr | None = Field(
        None, description="企业微信应用的 EncodingAESKey（43 个字符）"
    )
    wecom_app_previous_aes_key: SecretStr | None = Field(
        None, description="更换前的 EncodingAESKey，更换期间填写"
    )
    wecom_app_agent_id: int = Field(
        0, ge=0, description="企业微信应用的 AgentId，设了 WECOM_APP_SECRET 时须填"
    )
    wecom_app_secret: SecretStr | None = Field(
        None, description="企业微信应用的 Secret，设了则晚到的回答以应用消息发出"
    )
    wecom_aibot_token: SecretStr | None = Field(
        None, description="企业微信智能机器人的 Token；不设则没有 /wecom/aibot"
    )
    wecom_aibot_aes_key: SecretStr | None = Field(
        None, description="智能机器人的 EncodingAESKey（43 个字符）"
    )
    wecom_aibot_previous_aes_key: SecretStr | None = Field(
        None, description="更换前的 EncodingAESKey，更换期间填写"
    )
    max_question_chars: int = Field(2000, ge=10, le=20000, description="问题的最大字数")
    refusal_threshold: float = Field(
        0.18, ge=0.0, le=1.0, description="条款与问题的契合度低于它就不作答，越大越谨慎"
    )

    @model_validator(mode="after")
    def _workers_share(self) -> Self:
        if self.workers > 1 and self.redis_url is None:
            raise PydanticCustomError("workers", "REDIS_URL is missing")
        return self

    @model_validator(mode="after")
    def _model_is_named(self) -> Self:
        if self.llm_base_url and not self.llm_model:
            raise PydanticCustomError("llm_model", "LLM_MODEL is missing")
        return self


def load(overrides: Mapping[str, object] | None = None) -> Settings:
    """The settings of this process: ``overrides`` that are not None, environment, .env, secrets.

    Raises:
        SettingsError: names the first wrong setting, its value unless that may hold a password,
            and what was expected.
    """
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    folder = secrets_folder()
    secret_files(folder)  # what pydantic would only warn of, and go on without the secret
    try:
        return Settings(_secrets_dir=folder, **given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None  # which would print the key


def secrets_folder() -> Path | None:
    """The folder whose files are named as settings and hold their values; None where none is set.

    Raises:
        SettingsError: it is not there, or it cannot be opened.
    """
    for name in ("SECRETS_DIR", "CREDENTIALS_DIRECTORY"):  # the latter is systemd's
        given = os.environ.get(name)
        if given:
            folder = Path(given).expanduser()
            if not (folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)):
                raise SettingsError(f"设置 {name} 的文件夹“{folder}”不存在或无法打开，请核对。")
            return folder
    return None


def secret_files(folder: Path | None) -> tuple[Path, ...]:
    """The files of a folder of secrets that are named as a setting, in order of name.

    Raises:
        SettingsError: one cannot be read, is empty, leads out of the folder, or is there twice.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()) if folder else ():
        name = path.name.lower()
        if name not in Settings.model_fields:
            continue
        try:
            value = path.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise SettingsError(f"密钥文件“{path}”无法读取，请检查权限和内容。") from error
        if not value:
            raise SettingsError(f"密钥文件“{path}”是空的，请写入设置的值，或删除它。")
        if name in found:
            raise SettingsError(f"密钥文件“{path}”与“{found[name]}”是同一个设置，请只留一个。")
        if path.parent.resolve() not in path.resolve().parents:
            raise SettingsError(f"密钥文件“{path}”是指向别处的链接，请换成文件。")
        found[name] = path
    return tuple(found.values())


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    if first["type"] == "llm_model":
        return "设置了 LLM_BASE_URL 而没有设置 LLM_MODEL，请填写大模型的名称。"
    if first["type"] == "workers":
        return "设置 WORKERS 大于 1 而没有设置 REDIS_URL：几个进程须用它共享去重、会话和限流。"
    name = str(first["loc"][0]).upper() if first["loc"] else "设置"
    expected = _EXPECTED.get(first["type"], "请参照 README 的设置表填写")
    context = {key: _in_chinese(value) for key, value in (first.get("ctx") or {}).items()}
    is_secret = name in SECRETS or name.endswith("_URL")  # a wrong one may hold a password
    value = "" if is_secret else f"“{first['input']}”"
    return f"设置 {name} 的值{value}不可用：{expected.format(**context)}。"


def _in_chinese(value: object) -> str:
    """What pydantic expected; a choice ``'a', 'b' or 'c'`` is written a、b、c."""
    return str(value).replace(" or ", "、").replace(", ", "、").replace("'", "")


SECRETS = frozenset(
    name.upper()
    for name, field in Settings.model_fields.items()
    if "SecretStr" in str(field.annotation)
)  # never repeated, not even a wrong one
_EXPECTED = {
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "float_parsing": "应为数字",
    "greater_than_equal": "应不小于 {ge}",
    "less_than_equal": "应不大于 {le}",
    "string_too_short": "至少 {min_length} 个字符",
    "too_short": "至少 {min_length} 个字符",
    "literal_error": "应为 {expected} 之一",
    "string_pattern_mismatch": "应以 http:// 或 https:// 开头，末尾不带斜杠",
    "path_type": "应为文件夹路径",
    "login": "网址中不能有用户名和密码（不含 @），大模型接口的密钥请填在 LLM_API_KEY",
}
