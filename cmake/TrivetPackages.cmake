# Libraries that come as packages of the distribution: `make setup` installs them.

# The static archive, so that no other copy in the process can stand in for ours. Debian builds it
# with -fPIE: position independent wherever its symbols cannot be interposed, and libtrivet keeps
# all of them local (docs/DEPENDENCIES.md).
find_library(TRIVET_PCRE2_ARCHIVE NAMES libpcre2-8.a ${TRIVET_SYSROOT_HINTS} NO_CACHE)
find_path(TRIVET_PCRE2_INCLUDE pcre2.h ${TRIVET_SYSROOT_HINTS} NO_CACHE)
# Those of the content codings are of the same kind.
find_library(TRIVET_ZLIB_ARCHIVE NAMES libz.a ${TRIVET_SYSROOT_HINTS} NO_CACHE)
find_library(TRIVET_BROTLIDEC_ARCHIVE NAMES libbrotlidec.a ${TRIVET_SYSROOT_HINTS} NO_CACHE)
find_library(TRIVET_BROTLIENC_ARCHIVE NAMES libbrotlienc.a ${TRIVET_SYSROOT_HINTS} NO_CACHE)
find_library(TRIVET_BROTLICOMMON_ARCHIVE NAMES libbrotlicommon.a ${TRIVET_SYSROOT_HINTS} NO_CACHE)
find_library(TRIVET_ZSTD_ARCHIVE NAMES libzstd.a ${TRIVET_SYSROOT_HINTS} NO_CACHE)
# These are compiled with -fPIC.
find_library(TRIVET_SSL_ARCHIVE NAMES libssl.a ${TRIVET_SYSROOT_HINTS} NO_CACHE)
find_library(TRIVET_CRYPTO_ARCHIVE NAMES libcrypto.a ${TRIVET_SYSROOT_HINTS} NO_CACHE)
find_path(TRIVET_OPENSSL_INCLUDE openssl/ssl.h ${TRIVET_SYSROOT_HINTS} NO_CACHE)
find_path(TRIVET_ZLIB_INCLUDE zlib.h ${TRIVET_SYSROOT_HINTS} NO_CACHE)
find_path(TRIVET_BROTLI_INCLUDE brotli/decode.h ${TRIVET_SYSROOT_HINTS} NO_CACHE)
find_path(TRIVET_ZSTD_INCLUDE zstd.h ${TRIVET_SYSROOT_HINTS} NO_CACHE)
find_path(TRIVET_XXHASH_INCLUDE xxhash.h ${TRIVET_SYSROOT_HINTS} NO_CACHE)
find_path(TRIVET_TOMLPLUSPLUS_INCLUDE toml++/toml.h ${TRIVET_SYSROOT_HINTS} NO_CACHE)
find_path(TRIVET_CLI11_INCLUDE CLI/CLI.hpp ${TRIVET_SYSROOT_HINTS} NO_CACHE)
foreach(place
        PCRE2_ARCHIVE PCRE2_INCLUDE
        ZLIB_ARCHIVE ZLIB_INCLUDE
        BROTLIDEC_ARCHIVE BROTLIENC_ARCHIVE BROTLICOMMON_ARCHIVE BROTLI_INCLUDE
        ZSTD_ARCHIVE ZSTD_INCLUDE XXHASH_INCLUDE
        SSL_ARCHIVE CRYPTO_ARCHIVE OPENSSL_INCLUDE
        TOMLPLUSPLUS_INCLUDE CLI11_INCLUDE)
    if(NOT TRIVET_${place})
        message(FATAL_ERROR "${place} is missing: run `make setup` first, or install PCRE2, zlib, "
            "Brotli, Zstandard and OpenSSL with their static archives, xxHash, toml++ and CLI11 "
            "(Debian: libpcre2-dev, zlib1g-dev, libbrotli-dev, libzstd-dev, libssl-dev, "
            "libxxhash-dev, libtomlplusplus-dev, libcli11-dev)")
    endif()
endforeach()

add_library(trivet_pcre2 INTERFACE)
add_library(trivet::pcre2 ALIAS trivet_pcre2)
target_include_directories(trivet_pcre2 SYSTEM INTERFACE ${TRIVET_PCRE2_INCLUDE})
target_compile_definitions(trivet_pcre2 INTERFACE PCRE2_CODE_UNIT_WIDTH=8 PCRE2_STATIC=1)
target_link_libraries(trivet_pcre2 INTERFACE ${TRIVET_PCRE2_ARCHIVE})

add_library(trivet_zlib INTERFACE)
add_library(trivet::zlib ALIAS trivet_zlib)
target_include_directories(trivet_zlib SYSTEM INTERFACE ${TRIVET_ZLIB_INCLUDE})
target_link_libraries(trivet_zlib INTERFACE ${TRIVET_ZLIB_ARCHIVE})

# The encoder is for tests: libtrivet links the other two archives.
add_library(trivet_brotli INTERFACE)
add_library(trivet::brotli ALIAS trivet_brotli)
target_include_directories(trivet_brotli SYSTEM INTERFACE ${TRIVET_BROTLI_INCLUDE})
target_link_libraries(trivet_brotli INTERFACE
    ${TRIVET_BROTLIDEC_ARCHIVE} ${TRIVET_BROTLIENC_ARCHIVE} ${TRIVET_BROTLICOMMON_ARCHIVE} m)

add_library(trivet_zstd INTERFACE)
add_library(trivet::zstd ALIAS trivet_zstd)
target_include_directories(trivet_zstd SYSTEM INTERFACE ${TRIVET_ZSTD_INCLUDE})
target_link_libraries(trivet_zstd INTERFACE ${TRIVET_ZSTD_ARCHIVE})

add_library(trivet_openssl INTERFACE)
add_library(trivet::openssl ALIAS trivet_openssl)
target_include_directories(trivet_openssl SYSTEM INTERFACE ${TRIVET_OPENSSL_INCLUDE})
# What 3.0 calls old stays out of reach.
target_compile_definitions(trivet_openssl INTERFACE
    OPENSSL_API_COMPAT=30000 OPENSSL_NO_DEPRECATED=1)
target_link_libraries(trivet_openssl INTERFACE
    ${TRIVET_SSL_ARCHIVE} ${TRIVET_CRYPTO_ARCHIVE} ${CMAKE_DL_LIBS})

# Header only: everything is inlined, so that no symbol of it is there.
add_library(trivet_xxhash INTERFACE)
add_library(trivet::xxhash ALIAS trivet_xxhash)
target_include_directories(trivet_xxhash SYSTEM INTERFACE ${TRIVET_XXHASH_INCLUDE})
target_compile_definitions(trivet_xxhash INTERFACE XXH_INLINE_ALL=1)

# Header only, without exceptions and RTTI like the core around it.
add_library(trivet_tomlplusplus INTERFACE)
add_library(trivet::tomlplusplus ALIAS trivet_tomlplusplus)
target_include_directories(trivet_tomlplusplus SYSTEM INTERFACE ${TRIVET_TOMLPLUSPLUS_INCLUDE})
target_compile_definitions(trivet_tomlplusplus INTERFACE TOML_EXCEPTIONS=0 TOML_HEADER_ONLY=1)

# Header only, with exceptions: for the cli alone.
add_library(trivet_cli11 INTERFACE)
add_library(trivet::cli11 ALIAS trivet_cli11)
target_include_directories(trivet_cli11 SYSTEM INTERFACE ${TRIVET_CLI11_INCLUDE})
