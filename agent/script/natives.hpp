/// The native functions, by subject. Each fills the object on top of the stack; bundled modules get it
/// as `native`, the pushed script does not.
#pragma once

#include <duktape.h>

namespace trellis::device {

/// log, compile, bundled, controlSend, serverInfo, settings, database, hash, random, request ...
void addCoreNatives(duk_context* context);
/// Timers, WebSockets, HTTP, TCP, processes.
void addHandleNatives(duk_context* context);
/// Files and folders.
void addFileNatives(duk_context* context);
/// Desktop sessions.
void addDesktopNatives(duk_context* context);
/// Operating system, interfaces, users.
void addSystemNatives(duk_context* context);

struct NativeFunction {
    const char* name;
    duk_c_function function;
    duk_idx_t args;
};
/// Defines `functions` (ends with a null name) on the object on top of the stack.
void addFunctions(duk_context* context, const NativeFunction* functions);

/// Argument `index` as bytes: a string (`isText`) or any buffer; throws a TypeError for others. The
/// pointer is valid as long as the argument stays on the stack.
const char* requireData(duk_context* context, duk_idx_t index, duk_size_t* size, bool* isText);

}  // namespace trellis::device
