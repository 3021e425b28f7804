/// Serves a directory: strong ETags, 304, precompressed variants, ranges. Any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/net/http_message.hpp"

namespace trellis::net {

/// The directory is opened once; files are opened below that handle only (openat2 with
/// RESOLVE_BENEATH), so no spelling of a path and no symlink leads out of it.
class StaticFiles {
public:
    /// Throws sdk::Error{Unavailable} if `directory` can't be opened.
    explicit StaticFiles(const std::string& directory);
    ~StaticFiles();
    StaticFiles(const StaticFiles&) = delete;
    StaticFiles& operator=(const StaticFiles&) = delete;

    /// Answers GET and HEAD for the file `relativePath` ("assets/app-1a2b3c4d.js"), 404 if there is
    /// none. Names with a hash of 8 or more characters before the extension are cached for a year,
    /// others revalidated. `.br` and `.gz` files beside it serve clients that accept them.
    HttpResponse serve(const HttpRequest& request, std::string_view relativePath) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// By extension; "application/octet-stream" if unknown.
std::string_view contentTypeOf(std::string_view fileName) noexcept;

} // namespace trellis::net
