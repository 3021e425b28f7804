#include "jump_help.hpp"

#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>

#include "opened_file.hpp"
#include "picture_at.hpp"
#include "terminal_at.hpp"

namespace recording {
namespace {

std::string storedOr(const std::string& path, const std::function<std::string()>& make) {
    if (std::ifstream in(path, std::ios::binary); in)
        return {std::istreambuf_iterator<char>(in), {}};
    auto made = make();
    // Under its name only when it is whole; two who make it at once write the same.
    const auto part = path + "." + newId();
    std::ofstream out(part, std::ios::binary);
    out.write(made.data(), static_cast<std::streamsize>(made.size()));
    out.close();
    if (!out || std::rename(part.c_str(), path.c_str()) != 0)
        std::remove(part.c_str());
    return made;
}

} // namespace

std::string helpFor(const Entry& entry, const std::string& path, const std::string& place) {
    const auto file = openFile(path);
    const auto read = file.reader();
    if (protocol::isTerminal(entry.protocol)) {
        return storedOr(place, [&] { return terminalStates(read, file.size); });
    }
    if (entry.protocol != protocol::kDesktop)
        return {};
    auto index = indexIn(read, file.size);
    if (!index.empty())
        return index;
    return storedOr(place, [&] { return makeIndex(read, file.size); });
}

} // namespace recording
