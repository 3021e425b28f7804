/// A password hash as MeshCentral makes it.
#pragma once

namespace trellis::test {

// Made with Node's crypto.pbkdf2Sync("Old p\u00e4ssword", salt, 12000, 128, "sha384"), the salt
// being this text itself (control-protocol.md section 1.13).
constexpr const char* kSalt =
    "AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK+2vcTL0tng5+71/"
    "AMKERgfJi00O0JJUFdeZWxzeoGIj5adpKuyucDHztXc4+rx+"
    "P8GDRQbIikwNz5FTFNaYWhvdn2Ei5KZoKeutbzDytHY3+bt9PsCCRAXHiUsMzpBSE9WXWRrcnk=";
constexpr const char* kHash =
    "xuQg80xAFIPyRdsVE8TPQ7rasTlfT6ozrHQEK1CRpX4pE43BLA1Hp6UABPtSjndIxAmyj7EMND8Kc9+"
    "0i4ezpiw9t0ljxbVnG"
    "oEa9DGy6QztHZGssTr6bQZbbZCjLvNqT5D/7Pbve9Z3KAvELMZljmM5NHGCSYFpJ5Un26UYUGI=";
constexpr const char* kOld = "Old p\xC3\xA4ssword";

} // namespace trellis::test
