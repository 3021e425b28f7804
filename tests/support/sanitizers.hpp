/// TRELLIS_SANITIZED: memory and time are not what they are without sanitizers. GCC says so by a macro of its own
/// for each, clang by __has_feature.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TRELLIS_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TRELLIS_SANITIZED
#endif
#endif
