# libtrivet.so and libtrivet.a: the same objects, only trivet_* visible in both.

function(trivet_libraries)
    get_property(modules GLOBAL PROPERTY TRIVET_MODULES)
    set(objects "")
    foreach(module IN LISTS modules)
        list(APPEND objects $<TARGET_OBJECTS:${module}>)
    endforeach()
    set(archives ${TRIVET_LIBURING_ARCHIVE} ${TRIVET_LLHTTP_ARCHIVE} ${TRIVET_PCRE2_ARCHIVE}
        ${TRIVET_ZLIB_ARCHIVE} ${TRIVET_BROTLIENC_ARCHIVE} ${TRIVET_BROTLIDEC_ARCHIVE}
        ${TRIVET_BROTLICOMMON_ARCHIVE} ${TRIVET_ZSTD_ARCHIVE} ${TRIVET_SSL_ARCHIVE}
        ${TRIVET_CRYPTO_ARCHIVE})
    set(map ${PROJECT_SOURCE_DIR}/capi/libtrivet_gen.map)
    trivet_shared_library("${objects}" "${archives}" ${map})
    trivet_static_library("${objects}" "${archives}" ${map})
endfunction()

function(trivet_shared_library objects archives map)
    add_library(trivet_shared SHARED ${objects})
    set_target_properties(trivet_shared PROPERTIES
        OUTPUT_NAME trivet VERSION ${PROJECT_VERSION} SOVERSION 0 LINKER_LANGUAGE CXX
        LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR} LINK_DEPENDS ${map})
    target_link_libraries(trivet_shared PRIVATE ${archives} Threads::Threads ${CMAKE_DL_LIBS})
    target_link_options(trivet_shared PRIVATE
        LINKER:--version-script=${map} LINKER:--exclude-libs,ALL LINKER:-Bsymbolic
        LINKER:-z,relro LINKER:-z,now)
    if(NOT TRIVET_SANITIZE) # a sanitizer's runtime may live in the executable
        # libgcc_s is everywhere; its static twin would ask for glibc 2.35.
        target_link_options(trivet_shared PRIVATE
            LINKER:-z,defs LINKER:--gc-sections -static-libstdc++)
    endif()
endfunction()

# An archive of ONE relocatable object whose other symbols are local: whatever else a program links
# (Node's own llhttp, another copy of liburing) cannot meet ours.
function(trivet_static_library objects archives map)
    set(dir ${PROJECT_BINARY_DIR}/static)
    file(MAKE_DIRECTORY ${dir})
    set(lto "")
    if(CMAKE_INTERPROCEDURAL_OPTIMIZATION AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # One partition: with several, gcc 12 fails on the library's COMDAT groups.
        set(lto -O2 -flto=auto -flto-partition=one -fno-gnu-unique -flinker-output=nolto-rel)
    endif()
    set(output ${PROJECT_BINARY_DIR}/libtrivet.a)
    file(GENERATE OUTPUT ${dir}/objects.rsp CONTENT "$<JOIN:${objects},\n>\n")
    add_custom_command(
        OUTPUT ${output}
        # --force-group-allocation: a COMDAT group left in the object could be discarded in favour
        # of the program's copy, and take the target of our local references with it.
        # -d: nor may a common symbol, which OpenSSL has, be merged with the program's.
        COMMAND ${CMAKE_CXX_COMPILER} -r -nostdlib ${lto} -Wl,--force-group-allocation,-d
                -o ${dir}/joined.o @${dir}/objects.rsp
                ${archives}
        COMMAND ${CMAKE_COMMAND} -DMAP=${map} -DOUT=${dir}/keep.txt
                -P ${PROJECT_SOURCE_DIR}/cmake/KeepList.cmake
        COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbols=${dir}/keep.txt
                ${dir}/joined.o ${dir}/trivet.o
        COMMAND ${CMAKE_COMMAND} -E rm -f ${output}
        COMMAND ${CMAKE_AR} rcs ${output} ${dir}/trivet.o
        DEPENDS ${objects} ${dir}/objects.rsp ${archives} ${map}
                ${PROJECT_SOURCE_DIR}/cmake/KeepList.cmake
        COMMENT "Joining libtrivet.a"
        VERBATIM)
    add_custom_target(trivet_static ALL DEPENDS ${output})
endfunction()
