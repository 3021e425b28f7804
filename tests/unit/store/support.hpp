/// What the tests of store, model and auth share: a folder that goes away, a database in it, a
/// clock.
#pragma once

#include "core/store/clock.hpp"
#include "core/store/database.hpp"

#include <trellis/sdk/error.hpp>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace trellis::test {

class TempFolder {
public:
    TempFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "trellis-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            throw std::runtime_error("mkdtemp");
        path_ = pattern;
    }
    ~TempFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

inline std::unique_ptr<store::Database> openDatabase(const TempFolder& folder,
                                                     std::int64_t maxPages = 0) {
    store::DatabaseOptions options;
    options.url = store::defaultUrl(folder.path());
    options.busyTimeout = std::chrono::milliseconds(50);
    options.maxPages = maxPages;
    return store::Database::open(options);
}

/// Time that stands still until it is moved.
struct FakeClock {
    std::shared_ptr<std::int64_t> ms = std::make_shared<std::int64_t>(1'700'000'000'000);
    store::Clock clock() const {
        return [now = ms] { return *now; };
    }
    void advance(std::chrono::milliseconds by) const { *ms += by.count(); }
};

/// For BOOST_CHECK_EXCEPTION.
inline auto is(sdk::ErrorCode code, std::string part = {}) {
    return [code, part](const sdk::Error& error) {
        return error.code() == code && std::string(error.what()).find(part) != std::string::npos;
    };
}

inline auto isAt(sdk::ErrorCode code, std::string field) {
    return [code, field](const sdk::Error& error) {
        return error.code() == code && error.field() == field;
    };
}

} // namespace trellis::test
