/* The only C surface between the server and a plugin: read before any C++ of the plugin runs. */
#ifndef TRELLIS_SDK_ABI_H
#define TRELLIS_SDK_ABI_H
#include <stdint.h>

#define TRELLIS_ABI_MAGIC 0x314C5254u /* "TRL1" as little-endian bytes */
#define TRELLIS_ABI_MAJOR 1u          /* layout or meaning changed: another major is refused */
#define TRELLIS_ABI_MINOR 0u          /* only additions: a newer minor than the server's is refused */

#ifdef __cplusplus
extern "C" {
#endif

/** Fields are append-only; `size` tells the loader how many are present. */
typedef struct TrellisPluginAbi {
    uint32_t magic;         /**< TRELLIS_ABI_MAGIC */
    uint32_t size;          /**< sizeof(TrellisPluginAbi) in the plugin's build, bytes */
    uint32_t major;         /**< TRELLIS_ABI_MAJOR of the plugin's build */
    uint32_t minor;         /**< TRELLIS_ABI_MINOR of the plugin's build */
    const char* toolchain;  /**< must equal the server's, e.g. "gcc12-cxx11abi1-boost1.81-poco1.11" */
    const char* id;         /**< must equal the manifest's `id` */
    const char* version;    /**< the plugin's own semantic version, must equal the manifest's */
    void* (*create)(void);  /**< a trellis::sdk::Plugin*, null on failure; never throws */
    void (*destroy)(void*); /**< accepts null; never throws */
} TrellisPluginAbi;

/** Exported by every plugin. Returns static storage, never null. */
const TrellisPluginAbi* trellis_plugin_abi(void);

#ifdef __cplusplus
}
#endif
#endif
