#include "core/api/commands/details_csv.hpp"

#include <cmath>
#include <cstdlib>

#include <boost/json.hpp>

namespace trellis::api {

namespace {

namespace json = boost::json;

constexpr const char* kHeader =
    "id,name,rname,host,icon,ip,osdesc,groupname,av,update,firewall,bitlocker,avdetails,tags,"
    "lastbootuptime,cpu,osbuild,biosDate,biosVendor,biosVersion,biosSerial,biosMode,boardName,"
    "boardVendor,boardVersion,productUuid,tpmversion,tpmmanufacturer,tpmmanufacturerversion,"
    "tpmisactivated,tpmisenabled,tpmisowned,totalMemory,agentOpenSSL,agentCommitDate,"
    "agentCommitHash,agentCompileTime,netIfCount,macs,addresses,lastConnectTime,lastConnectAddr\r\n";

constexpr int kSystemColumns = 18; // cpu ... totalMemory

std::string stripped(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != '"' && c != ',' && c != '\r' && c != '\n')
            out += c;
    return out;
}

/// Walks down object members; null when one is absent.
const json::value* at(const json::value* from, std::initializer_list<std::string_view> path) {
    for (const auto name : path) {
        const auto* object = from ? from->if_object() : nullptr;
        from = object ? object->if_contains(name) : nullptr;
    }
    return from;
}

std::string plain(const json::value* value) {
    if (!value || value->is_null() || value->is_structured())
        return {};
    if (const auto* text = value->if_string())
        return stripped({text->data(), text->size()});
    return stripped(json::serialize(*value));
}

/// Builds one line; each cell but the first has its comma in front.
class Line {
public:
    void raw(std::string_view text) {
        if (!isFirst_)
            text_ += ',';
        isFirst_ = false;
        text_ += text;
    }
    void quoted(std::string_view text) { raw('"' + stripped(text) + '"'); }
    /// Quoted when there is something, else empty.
    void cell(const json::value* value) {
        const auto text = plain(value);
        raw(text.empty() ? std::string() : '"' + text + '"');
    }
    void flag(const json::value* value) {
        const bool isSet = value && value->is_bool() && value->get_bool();
        raw(isSet ? "\"true\"" : "");
    }
    void blanks(int count) {
        for (; count > 0; --count)
            raw("");
    }
    std::string take() { return std::move(text_) + "\r\n"; }

private:
    std::string text_;
    bool isFirst_ = true;
};

std::string joined(const std::vector<std::string>& parts, char mark) {
    std::string out;
    for (const auto& part : parts)
        out += (out.empty() ? std::string() : std::string(1, mark)) + part;
    return out;
}

std::string volumesOf(const json::object& volumes) {
    std::vector<std::string> parts;
    for (const auto& volume : volumes)
        if (at(&volume.value(), {"protectionStatus"}))
            parts.push_back(std::string(volume.key()) + "/" +
                            plain(at(&volume.value(), {"volumeStatus"})));
    return joined(parts, '|');
}

std::string antivirusOf(const json::array& list) {
    std::vector<std::string> parts;
    const auto isSet = [](const json::value* value) {
        return value && value->is_bool() && value->get_bool();
    };
    for (const auto& entry : list) {
        const auto* product = at(&entry, {"product"});
        if (product && product->is_string())
            parts.push_back(plain(product) +
                            (isSet(at(&entry, {"enabled"})) ? "/enabled" : "/disabled") +
                            (isSet(at(&entry, {"updated"})) ? "/updated" : "/notupdated"));
    }
    return joined(parts, '|');
}

void addNode(Line& line, const json::value* node) {
    for (const auto* name : {"_id", "name", "rname", "host"})
        line.quoted(plain(at(node, {name})));
    line.raw(plain(at(node, {"icon"})));
    line.raw(plain(at(node, {"ip"})));
    line.cell(at(node, {"osdesc"}));
    line.quoted(plain(at(node, {"groupname"})));
    const auto* centre = at(node, {"wsc"});
    for (const auto* name : {"antiVirus", "autoUpdate", "firewall"}) {
        if (centre)
            line.quoted(plain(at(centre, {name})));
        else
            line.raw("");
    }
    const auto* volumes = at(node, {"volumes"});
    line.raw(volumes && volumes->is_object() ? '"' + stripped(volumesOf(volumes->get_object())) + '"'
                                             : "");
    const auto* antivirus = at(node, {"av"});
    line.raw(antivirus && antivirus->is_array() ? '"' + antivirusOf(antivirus->get_array()) + '"'
                                                : "");
    std::vector<std::string> tags;
    const auto* given = at(node, {"tags"});
    if (given && given->is_array())
        for (const auto& tag : given->get_array())
            tags.push_back(plain(&tag));
    line.raw(given ? '"' + joined(tags, '|') + '"' : "");
    line.raw(plain(at(node, {"lastbootuptime"})));
}

void addTpm(Line& line, const json::value* hardware) {
    for (const auto* name : {"SpecVersion", "ManufacturerId", "ManufacturerVersion"})
        line.cell(at(hardware, {"tpm", name}));
    for (const auto* name : {"IsActivated", "IsEnabled", "IsOwned"})
        line.flag(at(hardware, {"tpm", name}));
}

double sumOf(const json::value* list, std::string_view name) {
    double sum = 0;
    if (!list || !list->is_array())
        return sum;
    for (const auto& entry : list->get_array()) {
        const auto* value = at(&entry, {name});
        if (value && value->is_number())
            sum += value->to_number<double>();
        else if (value && value->is_string())
            sum += std::strtod(value->get_string().c_str(), nullptr);
    }
    return std::isfinite(sum) ? sum : 0;
}

void addMemory(Line& line, double bytes) {
    constexpr double kMost = 9e18;
    line.quoted(std::to_string(static_cast<std::int64_t>(std::clamp(bytes, 0.0, kMost))));
}

void addWindows(Line& line, const json::value* hardware) {
    const auto* cpus = at(hardware, {"windows", "cpu"});
    const bool hasCpu = cpus && cpus->is_array() && !cpus->get_array().empty();
    line.cell(hasCpu ? at(&cpus->get_array().front(), {"Name"}) : nullptr);
    line.cell(at(hardware, {"windows", "osinfo", "BuildNumber"}));
    for (const auto* name : {"bios_date", "bios_vendor", "bios_version", "bios_serial", "bios_mode",
                             "board_name", "board_vendor", "board_version", "product_uuid"})
        line.cell(at(hardware, {"identifiers", name}));
    addTpm(line, hardware);
    const auto* memory = at(hardware, {"windows", "memory"});
    if (memory)
        addMemory(line, sumOf(memory, "Capacity"));
    else
        line.raw("");
}

void addLinux(Line& line, const json::value* hardware) {
    line.cell(at(hardware, {"identifiers", "cpu_name"}));
    line.raw("");
    for (const auto* name : {"bios_date", "bios_vendor", "bios_version"})
        line.cell(at(hardware, {"linux", name}));
    const auto* serial = at(hardware, {"linux", "product_serial"});
    line.cell(serial ? serial : at(hardware, {"identifiers", "bios_serial"}));
    line.cell(at(hardware, {"identifiers", "bios_mode"}));
    for (const auto* name : {"board_name", "board_vendor", "board_version", "product_uuid"})
        line.cell(at(hardware, {"linux", name}));
    addTpm(line, hardware);
    const auto* memory = at(hardware, {"linux", "memory", "Memory_Device"});
    if (memory)
        addMemory(line, sumOf(memory, "Size") * 1024 * 1024 * 1024); // sizes are in GB
    else
        line.raw("");
}

void addMobile(Line& line, const json::value* hardware) {
    line.blanks(4);
    line.cell(at(hardware, {"mobile", "bootloader"}));
    line.blanks(2);
    line.cell(at(hardware, {"mobile", "model"}));
    line.cell(at(hardware, {"mobile", "brand"}));
    line.raw("");
    line.cell(at(hardware, {"mobile", "id"}));
    line.blanks(7);
}

void addSystem(Line& line, const json::value* hardware) {
    if (at(hardware, {"windows"}))
        addWindows(line, hardware);
    else if (at(hardware, {"mobile"}))
        addMobile(line, hardware);
    else if (at(hardware, {"linux"}))
        addLinux(line, hardware);
    else
        line.blanks(kSystemColumns);
    for (const auto* name : {"openssl", "commitDate", "commitHash", "compileTime"})
        line.cell(at(hardware, {"agentvers", name}));
}

void addNetwork(Line& line, const json::value* network) {
    const auto* all = at(network, {"netif2"});
    if (!all || !all->is_object()) {
        line.blanks(3);
        return;
    }
    std::vector<std::string> macs;
    std::vector<std::string> addresses;
    for (const auto& member : all->get_object()) {
        const auto* list = member.value().if_array();
        if (!list)
            continue;
        for (const auto& entry : *list) {
            if (const auto* mac = at(&entry, {"mac"}); mac && mac->is_string())
                macs.push_back(plain(mac));
            if (const auto* address = at(&entry, {"address"}); address && address->is_string())
                addresses.push_back(plain(address));
        }
    }
    line.raw(std::to_string(all->get_object().size()));
    line.quoted(joined(macs, ' '));
    line.quoted(joined(addresses, ' '));
}

} // namespace

std::string detailsCsv(const std::vector<DeviceDetails>& devices) {
    std::string out = kHeader;
    for (const auto& device : devices) {
        Line line;
        addNode(line, device.if_contains("node"));
        addSystem(line, at(device.if_contains("sys"), {"hardware"}));
        addNetwork(line, device.if_contains("net"));
        const auto* last = device.if_contains("lastConnect");
        line.raw(plain(at(last, {"time"})));
        line.cell(at(last, {"addr"}));
        out += line.take();
    }
    return out;
}

} // namespace trellis::api
