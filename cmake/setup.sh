#!/usr/bin/env bash
# Prepares this checkout: `cmake/setup.sh [core|python|node|go|packages|unit|test|docs|bench]...`,
# everything when none is named. Changes nothing outside build/ and the node_modules beside
# package-lock.json files, except that missing Debian packages are installed when running as root.
# What is done is recognised quickly.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
build=$root/build
missing=()

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# need <package> <command or file>: notes a Debian package to install.
need() {
    case $2 in
        /*) [ -e "$2" ] || missing+=("$1") ;;
        *) have "$2" || missing+=("$1") ;;
    esac
}

# Installs what `need` noted, or says how.
install_missing() {
    [ ${#missing[@]} -gt 0 ] || return 0
    local packages
    packages=$(printf '%s\n' "${missing[@]}" | sort -u | tr '\n' ' ')
    missing=()
    if ! have apt-get; then
        fail "missing, in Debian's names: ${packages}(install them with this system's packager)"
    elif [ "$(id -u)" != 0 ]; then
        fail "missing packages; type: sudo apt-get install --no-install-recommends ${packages% }"
    fi
    say "installing Debian packages: ${packages% }"
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq
        --no-install-recommends)
    if ! compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; then
        apt-get update -qq
    fi
    # shellcheck disable=SC2086
    "${install[@]}" $packages >"$build/apt-install.log" 2>&1 && return
    # Lists can be older than the archive: once more with fresh ones.
    # shellcheck disable=SC2086
    apt-get update -qq && "${install[@]}" $packages >"$build/apt-install.log" 2>&1 ||
        fail "apt-get could not install ${packages% }: see build/apt-install.log"
}

# --- core: the C++ toolchain and the sysroot -----------------------------------------------------

# Packages of Debian 13 that run on an older libc, each with the oldest version that serves.
sysroot_packages=(
    liburing-dev=2.9 liburing2=2.9 libllhttp-dev=9.2 libllhttp9.2=9.2 linux-libc-dev=6.12
)

# The machine's own Debian sources (either format) with the suite replaced by trixie.
debian13_sources() {
    local codename
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    local line_files=() stanza_files=() file
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -r "$file" ] && line_files+=("$file")
    done
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -r "$file" ] && stanza_files+=("$file")
    done
    {
        # One line a source: deb [options] uri suite component...
        [ ${#line_files[@]} -eq 0 ] || awk -v code="$codename" '
            $1 == "deb" {
                at = 2
                if ($2 ~ /^\[/) { while (at < NF && $at !~ /\]$/) at++; at++ }
                suite = $(at + 1)
                if (suite != code && suite != code "-updates" && suite != code "-security") next
                options = ""
                for (i = 2; i < at; i++) options = options " " $i
                gsub(/^ \[|\]$/, "", options)
                signed = ""
                if (match(options, /signed-by=[^ ]*/))
                    signed = "Signed-By: " substr(options, RSTART + 10, RLENGTH - 10) "\n"
                sub(code, "trixie", suite)
                printf "Types: deb\nURIs: %s\nSuites: %s\n", $at, suite
                printf "Components: main\n%s\n", signed
            }' "${line_files[@]}"
        # Stanzas of `Key: value` lines.
        [ ${#stanza_files[@]} -eq 0 ] || awk -v code="$codename" '
            function flush() {
                if (debian && !disabled) printf "%s\n", text
                text = ""; debian = 0; disabled = 0
            }
            FNR == 1 { flush() }
            /^#/ { next }
            /^[ \t]*$/ { flush(); next }
            tolower($1) == "enabled:" && tolower($2) == "no" { disabled = 1 }
            tolower($1) == "suites:" {
                for (i = 2; i <= NF; i++) if ($i ~ "^" code "(-updates|-security)?/?$") {
                    debian = 1; sub(code, "trixie", $i)
                }
            }
            tolower($1) == "components:" { $0 = "Components: main" }
            tolower($1) == "types:" { $0 = "Types: deb" }
            { text = text $0 "\n" }
            END { flush() }' "${stanza_files[@]}"
    }
}

setup_sysroot() {
    local stamp=$build/sysroot/.packages
    if [ -r "$stamp" ] && [ "$(head -n 1 "$stamp")" = "${sysroot_packages[*]}" ]; then
        return
    fi
    have apt-get && have dpkg ||
        fail "the sysroot is made of Debian packages: apt-get and dpkg are needed"
    say "unpacking liburing, llhttp and kernel headers of Debian 13 into build/sysroot"
    local apt=$build/apt new=$build/sysroot.new package name version archive
    rm -rf "$apt" "$new"
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/packages" "$new"
    debian13_sources >"$apt/trixie.sources"
    [ -s "$apt/trixie.sources" ] ||
        fail "no Debian source found in /etc/apt: Debian 12 or 13 is needed"
    local options=(-qq
        -o "Dir::Etc::sourcelist=$apt/trixie.sources" -o Dir::Etc::sourceparts=/dev/null
        -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o Acquire::Languages=none
        -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
        -o Acquire::IndexTargets::deb::CNF::DefaultEnabled=false
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=3)
    local names=("${sysroot_packages[@]%%=*}")
    (cd "$apt/packages" && apt-get "${options[@]}" update &&
        apt-get "${options[@]}" download "${names[@]}") ||
        fail "could not download ${names[*]}"
    {
        echo "${sysroot_packages[*]}"
        for package in "${sysroot_packages[@]}"; do
            name=${package%%=*}
            archive=$(echo "$apt/packages/${name}"_*.deb)
            version=$(dpkg-deb -f "$archive" Version)
            dpkg --compare-versions "$version" ge "${package#*=}" ||
                fail "$name is $version here; ${package#*=} or newer is needed"
            dpkg -x "$archive" "$new"
            echo "$name $version"
        done
    } >"$new/.packages"
    rm -rf "$build/sysroot.old"
    [ ! -e "$build/sysroot" ] || mv "$build/sysroot" "$build/sysroot.old"
    mv "$new" "$build/sysroot"
    rm -rf "$apt" "$build/sysroot.old"
}

setup_core() {
    need g++ g++
    need gcc gcc
    need cmake cmake
    need ninja-build ninja
    need binutils objcopy
    need libc6-dev /usr/include/stdio.h
    need libpcre2-dev /usr/include/pcre2.h
    need zlib1g-dev /usr/include/zlib.h
    need libbrotli-dev /usr/include/brotli/decode.h
    need libzstd-dev /usr/include/zstd.h
    need libxxhash-dev /usr/include/xxhash.h
    need libssl-dev /usr/include/openssl/ssl.h
    need libtomlplusplus-dev /usr/include/toml++/toml.h
    need libcli11-dev /usr/include/CLI/CLI.hpp
    install_missing
    at_least "$(g++ -dumpfullversion)" 12 ||
        fail "g++ $(g++ -dumpfullversion) is too old: 12 or newer is needed (Debian 12 has it)"
    at_least "$(cmake --version | awk 'NR == 1 { print $3 }')" 3.25 ||
        fail "cmake is too old: 3.25 or newer is needed (Debian 12 has it)"
    setup_sysroot
    setup_pages
}

# The pages of the OpenAPI document, which are files of the npm registry.
setup_pages() {
    local pages=$build/pages key
    key=$(key_of core/openapi/pages.json cmake/pages.mjs)
    ! done_for "$pages/.key" "$key" || return 0
    have node && have npm ||
        fail "Node.js is missing, which fetches the documentation's pages: install version 20"
    say "fetching Swagger UI and Scalar into build/pages"
    node cmake/pages.mjs core/openapi/pages.json "$pages" ||
        fail "could not fetch the documentation's pages"
    echo "$key" >"$pages/.key"
}

# --- languages -----------------------------------------------------------------------------------

# done_for <stamp> <key> / record <stamp> <key>: whether the same inputs were already handled.
done_for() { [ -r "$1" ] && [ "$(cat "$1")" = "$2" ]; }
key_of() { cat "$@" | cksum; }

# python_with <requirements>...: the virtual environment with these files installed.
python_with() {
    local python=$build/venv/bin/python file key
    if [ ! -x "$python" ] || ! "$python" -c '' 2>/dev/null; then
        say "making the virtual environment build/venv"
        rm -rf "$build/venv"
        python3 -m venv "$build/venv"
    fi
    for file in "$@"; do
        key=$(key_of "$file")
        if ! done_for "$build/venv/.$(basename "$file")" "$key"; then
            say "installing $file into build/venv"
            "$python" -m pip install --quiet --disable-pip-version-check -r "$file"
            echo "$key" >"$build/venv/.$(basename "$file")"
        fi
    done
}

setup_python() {
    if ! have python3; then
        need python3 python3
        need python3-dev python3-config
        need python3-venv pyvenv-is-part-of-python3-venv
        install_missing
    fi
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Python 3.11 or newer is needed, not $(python3 -V): put a newer one first in PATH"
    [ -e "$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] ||
        missing+=(python3-dev)
    python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
    install_missing
    python_with langs/python/requirements-build.txt
}

# npm_in <folder>: node_modules as the lock file says.
npm_in() {
    local key
    key=$(key_of "$1/package-lock.json")
    if ! done_for "$1/node_modules/.trivet-setup" "$key"; then
        say "installing the node modules of $1"
        (cd "$1" && npm ci --no-audit --no-fund --loglevel=error >/dev/null)
        mkdir -p "$1/node_modules"
        echo "$key" >"$1/node_modules/.trivet-setup"
    fi
}

setup_node() {
    local get="install version 20 or newer (https://nodejs.org/en/download)"
    have node || fail "Node.js is missing: $get"
    at_least "$(node -p process.versions.node)" 20 || fail "Node.js $(node -v) is too old: $get"
    have npm || fail "npm is missing, it comes with Node.js: $get"
    npm_in langs/node
}

setup_go() {
    local version get="install version 1.24 or newer (https://go.dev/doc/install)"
    have go || fail "Go is missing: $get"
    version=$(GOTOOLCHAIN=local go env GOVERSION)
    at_least "${version#go}" 1.24 || fail "Go ${version#go} is too old: $get"
    local output
    output=$(cd langs/go && go mod download 2>&1) || fail "go mod download: $output"
}

# --- packages ------------------------------------------------------------------------------------

# What builds wheels lies apart, for each interpreter that wheels are built with imports it.
setup_packages() {
    need pkg-config pkg-config
    install_missing
    python_with langs/python/requirements-build.txt
    local tools=$build/wheel-tools key requirements=langs/python/requirements-packages.txt
    key=$(key_of "$requirements")
    if ! done_for "$tools/.requirements" "$key"; then
        say "installing $requirements into build/wheel-tools"
        rm -rf "$tools"
        "$build/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
            --target "$tools" --no-deps -r "$requirements"
        echo "$key" >"$tools/.requirements"
    fi
}

# --- tests and benchmarks ------------------------------------------------------------------------

# go_tool <command> <module@version>: a checking tool built into build/bin.
go_tool() {
    if ! done_for "$build/bin/.$1" "$2"; then
        say "building $1"
        GOBIN=$build/bin go install "$2" >"$build/go-install.log" 2>&1 ||
            fail "could not build $2: see build/go-install.log"
        echo "$2" >"$build/bin/.$1"
    fi
}

# What new apps use to check themselves, for tests that make some without a network.
setup_project_tools() {
    local tools=$build/project-tools manifest=cli/templates/node/package.json key
    local requirements=langs/python/requirements-test.txt
    key=$(key_of "$manifest" "$requirements")
    ! done_for "$tools/.key" "$key" || return 0
    say "fetching the tools of new apps into build/project-tools"
    rm -rf "$tools"
    mkdir -p "$tools/app"
    grep -E '^(mypy|pytest|ruff)==' "$requirements" >"$tools/requirements.txt"
    "$build/venv/bin/python" -m pip download --quiet --disable-pip-version-check \
        --dest "$tools/wheels" -r "$tools/requirements.txt"
    node -e '
        const { devDependencies } = JSON.parse(require("fs").readFileSync(process.argv[1]))
        console.log(JSON.stringify({ private: true, devDependencies }))
    ' "$manifest" >"$tools/app/package.json"
    (cd "$tools/app" && npm install --cache ../npm --no-audit --no-fund --loglevel=error >/dev/null)
    rm -rf "$tools/app"
    echo "$key" >"$tools/.key"
}

# The cases of the JSON Schema organisation, which the source archive of PyPI's jsonschema carries.
setup_schema_suite() {
    local suite=$build/json-schema-suite requirement
    requirement=$(grep '^jsonschema==' langs/python/requirements-test.txt)
    ! done_for "$suite/.requirement" "$requirement" || return 0
    say "unpacking the JSON Schema test suite into build/json-schema-suite"
    rm -rf "$suite"
    mkdir -p "$suite"
    "$build/venv/bin/python" -m pip download --quiet --disable-pip-version-check \
        --no-deps --no-binary jsonschema --dest "$suite" "$requirement"
    tar -xzf "$suite"/jsonschema-*.tar.gz -C "$suite" --strip-components=2 --wildcards \
        '*/json/tests/draft2020-12' '*/json/LICENSE'
    echo "$requirement" >"$suite/.requirement"
}

setup_unit() {
    need libgtest-dev /usr/include/gtest/gtest.h
    need lcov lcov
    install_missing
    setup_python
    setup_schema_suite
}

# unpack NAME: a server's package into build/NAME: installed, Debian's would start its service.
unpack() {
    ! have "$1" && [ ! -x "$build/$1/usr/sbin/$1" ] || return 0
    say "unpacking $1 into build/$1"
    rm -rf "${build:?}/$1"
    mkdir -p "$build/$1"
    (cd "$build/$1" && { apt-get download -qq "$1" 2>/dev/null ||
        { apt-get update -qq && apt-get download -qq "$1"; }; } && dpkg -x "$1"_*.deb .) ||
        fail "could not download $1"
}

setup_test() {
    setup_unit
    setup_docs
    unpack nginx
    unpack haproxy
    compgen -G '/usr/lib/*/liblua5.3.so.0' >/dev/null || missing+=(liblua5.3-0)
    compgen -G '/usr/lib/*/libopentracing-c-wrapper.so.0' >/dev/null ||
        missing+=(libopentracing-c-wrapper0)
    need clang-19 clang++-19
    need clang-format-19 clang-format-19
    need clang-tidy-19 clang-tidy-19
    need libclang-rt-19-dev /usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.tsan-x86_64.a
    need abigail-tools abidiff
    need chromium chromium
    need chromium-driver chromedriver
    need ccache ccache
    need curl curl
    need systemd systemd-socket-activate
    need strace strace
    need testssl.sh testssl
    need valgrind valgrind
    need zsh zsh
    need fish fish
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
    # CPython's own tests, of which some run on our event loop; Debian packs them apart.
    local version
    version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    python3 -c 'import test.test_asyncio' 2>/dev/null || missing+=("libpython$version-testsuite")
    install_missing
    python_with langs/python/requirements-build.txt langs/python/requirements-test.txt
    npm_in tests/packages
    setup_project_tools
    go_tool staticcheck honnef.co/go/tools/cmd/staticcheck@v0.8.2
    go_tool gofumpt mvdan.cc/gofumpt@v0.12.0
}

setup_docs() {
    setup_python
    python_with docs/site/requirements-docs.txt
    npm_in docs/site
}

setup_bench() {
    need wrk wrk
    need strace strace
    install_missing
}

mkdir -p "$build/bin"
[ $# -gt 0 ] || set -- core python node go packages test bench
for stage in "$@"; do
    case $stage in
        core | python | node | go | packages | unit | test | docs | bench) "setup_$stage" ;;
        *) fail "unknown stage $stage: the stages stand at the head of this script" ;;
    esac
done
