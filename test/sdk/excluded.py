"""Modules of the SDK that are not run, with the reason. An entry covers the modules inside it as well."""

NO_CALL = "makes no call of its own; the modules that are run use it"
MANAGEMENT = "manages models, deployments or agents, which the gateway does not serve"
RETIRED = "DashScope has retired it"
PROGRAM = "a program, not an API; it calls modules that are run"

EXCLUDED = {
    "acli": PROGRAM,
    "agentstudio": MANAGEMENT,
    "aigc": NO_CALL,
    "aigc.code_generation": RETIRED,
    "api_entities": NO_CALL,
    "app": NO_CALL,
    "app.application_response": NO_CALL,
    "assistants": RETIRED,
    "audio": NO_CALL,
    "audio.asr": NO_CALL,
    "audio.asr.asr_phrase_manager": MANAGEMENT,
    "audio.http_tts": NO_CALL,
    "audio.qwen_asr": NO_CALL,
    "audio.qwen_omni": NO_CALL,
    "audio.qwen_tts": NO_CALL,
    "audio.qwen_tts_realtime": NO_CALL,
    "audio.tts": NO_CALL,
    "audio.tts_v2": NO_CALL,
    "cli": PROGRAM,
    "client": NO_CALL,
    "common": NO_CALL,
    "embeddings": NO_CALL,
    "embeddings.batch_text_embedding_response": NO_CALL,
    "finetune": MANAGEMENT,
    "io": NO_CALL,
    "model": NO_CALL,
    "multimodal": NO_CALL,
    "multimodal.tingwu": "meeting minutes have an endpoint of their own, which the gateway does not serve",
    "nlp": RETIRED,
    "protocol": NO_CALL,
    "rerank": NO_CALL,
    "threads": RETIRED,
    "tokenizers": NO_CALL,
    "utils": NO_CALL,
    "v2": NO_CALL,
    "v2.resources": NO_CALL,
    "v2.resources._agentstudio": MANAGEMENT,
    "v2.resources.audio": NO_CALL,
    "v2.resources.audio._callbacks": NO_CALL,
    "v2.resources.audio.phrases": MANAGEMENT,
    "v2.resources.chat": NO_CALL,
    "v2.resources.deployments": MANAGEMENT,
    "v2.resources.fine_tunes": MANAGEMENT,
    "v2.resources.multimodal": NO_CALL,
    "v2.resources.reinforcement_learning": MANAGEMENT,
    "v2.resources.tingwu": "meeting minutes have an endpoint of their own, which the gateway does not serve",
    "v2.resources._jobs": NO_CALL,
    "v2.resources._oss": NO_CALL,
    "v2.resources._sse": NO_CALL,
    "version": NO_CALL,
}

# These cover everything inside them; every other entry covers one module, so that a new one in it is noticed.
WHOLE = {
    "acli",
    "agentstudio",
    "api_entities",
    "assistants",
    "cli",
    "client",
    "common",
    "finetune",
    "io",
    "multimodal.tingwu",
    "nlp",
    "protocol",
    "threads",
    "v2.protocols",
    "v2.transport",
    "v2.types",
}
for name in ("v2.protocols", "v2.transport", "v2.types"):
    EXCLUDED[name] = NO_CALL
for name in ("dialog_state", "multimodal_constants", "multimodal_request_params"):
    EXCLUDED[f"multimodal.{name}"] = NO_CALL
for name in ("qwen_tokenizer", "tokenizer", "tokenizer_base"):
    EXCLUDED[f"tokenizers.{name}"] = "counts tokens on the machine of the caller"
for name in ("message_utils", "param_utils"):
    EXCLUDED[f"utils.{name}"] = NO_CALL
for name in ("_config", "_error_registry", "_logging", "_quickstart", "client", "errors"):
    EXCLUDED[f"v2.{name}"] = NO_CALL


def reason_for(module):
    """Why a module is not run; None where no entry covers it."""
    if module in EXCLUDED:
        return EXCLUDED[module]
    parts = module.split(".")
    parents = (".".join(parts[:length]) for length in range(1, len(parts)))
    return next((EXCLUDED[parent] for parent in parents if parent in WHOLE), None)
