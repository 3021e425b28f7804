/// Helpers of the configuration's tests.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/config/config.hpp"
#include "tests/golden/sample_plugins.hpp"

namespace trellis::config {

/// A folder that is gone at the end of the test.
class TempFolder {
public:
    TempFolder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "trellis-config-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::filesystem::path& path() const { return path_; }

    std::filesystem::path write(const std::string& name, std::string_view text) const {
        const auto file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
        return file;
    }

    std::string read(const std::string& name) const {
        std::ifstream in(path_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

private:
    std::filesystem::path path_;
};

inline Checked checkText(std::string_view yaml) {
    return check(loadText(yaml, "t.yaml"), golden::samplePlugins());
}

/// The problems of a text, or "ok".
inline std::string problems(std::string_view yaml) {
    const Checked checked = checkText(yaml);
    return checked.report.ok() ? "ok" : checked.report.text();
}

} // namespace trellis::config
