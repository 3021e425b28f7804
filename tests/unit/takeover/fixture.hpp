/// A data folder of MeshCentral, made by hand, and an empty server beside it.
#pragma once

#include "../store/support.hpp"

#include "core/auth/certificate_files.hpp"
#include "core/auth/certificate_maker.hpp"
#include "core/takeover/takeover.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>
#include <string>

namespace trellis::test {

// Ids as MeshCentral makes them; `$` is what its store escapes.
inline const std::string kMesh =
    "mesh//4praq2mcX5Z0e8TpuQx3j6KHuk8cdeQx4FysZ3@rHMwJm3HzFxPctd@Ij0pn1JCV";
inline const std::string kUgrp =
    "ugrp//S3NpkInuG1vDyh9kzDTFsyvN37tFBnkW$xkWrRQer@pgJehmzn56Hqg3Vs6EJz8X";
inline const std::string kNode =
    "node//wry8wr2MD7LJ1hubP0V505KCkv1wC7@ZaXQH1De97meO1OMr9kD3Hm1nNPOj3KoM";

/// Keys take a second to make: once for all tests.
inline const std::filesystem::path& certificateFolder() {
    static const TempFolder folder;
    static const bool isMade = [] {
        const auto root = auth::makeRoot(auth::makeRsaKey(2048));
        auth::CertificateFiles(folder.path(), "root").store(root);
        auth::CertificateFiles(folder.path(), "agentserver")
            .store(auth::makeAgentServer(auth::makeRsaKey(2048), root));
        auth::CertificateFiles(folder.path(), "webserver")
            .store(auth::makeWeb(auth::makeRsaKey(2048), root, "old.example.org"));
        return true;
    }();
    (void)isMade;
    return folder.path();
}

struct MeshFolder {
    TempFolder folder;
    TempFolder data;

    MeshFolder() {
        for (const auto& entry : std::filesystem::directory_iterator(certificateFolder()))
            std::filesystem::copy(entry.path(), folder.path() / entry.path().filename());
        write("config.json", R"({"settings":{"port":8899,"_cert":"x"},"domains":{"":{}}})");
        write("meshcentral.db", R"({"_id":"SchemaVersion","value":2})"
                                "\n");
    }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder.path() / name, std::ios::binary) << text;
    }
    void append(const std::string& name, const std::string& line) const {
        std::ofstream(folder.path() / name, std::ios::binary | std::ios::app) << line << '\n';
    }
    void document(const std::string& line) const { append("meshcentral.db", line); }
    void event(const std::string& line) const { append("meshcentral-events.db", line); }

    void group(const std::string& more = {}) const {
        document(R"({"type":"mesh","_id":")" + kMesh +
                 R"(","name":"Lab","mtype":2,"desc":"d","domain":"","creation":1795890079944)" +
                 more + "}");
    }
    void device(const std::string& more = {}) const {
        document(R"({"type":"node","_id":")" + kNode + R"(","meshid":")" + kMesh +
                 R"(","name":"vm","domain":"","mtype":2,"icon":4,"host":null)" + more + "}");
    }
    void user(const std::string& name, const std::string& more = {}) const {
        document(R"({"type":"user","_id":"user//)" + name + R"(","name":")" + name +
                 R"(","domain":"")" + more + "}");
    }
    takeover::Source source() const { return takeover::Source(folder.path()); }
    /// The sentence that refuses the folder, and that nothing was written.
    std::string refusal() const {
        try {
            auto read = source();
            const auto database = openDatabase(data);
            takeover::load(read, *database, data.path());
        } catch (const sdk::Error& error) {
            BOOST_TEST(!std::filesystem::exists(data.path() / "certs"));
            return error.what();
        }
        return "it was taken";
    }
};

} // namespace trellis::test
