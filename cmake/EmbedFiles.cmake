# cmake -DFOLDER=… -DOUT=….cc -P EmbedFiles.cmake: the files of a folder as a table in C++, for
# cli/templates.h.
file(GLOB_RECURSE files LIST_DIRECTORIES false RELATIVE ${FOLDER} ${FOLDER}/*)
# Not what a tool has left there.
list(FILTER files EXCLUDE REGEX "(^|/)(\\.|__pycache__/|node_modules/|build/)")
list(SORT files)
set(text "#include \"templates.h\"\n\nnamespace trivet::cli {\nnamespace {\n\n")
string(APPEND text "constexpr TemplateFile kFiles[] = {\n")
foreach(file IN LISTS files)
    file(READ ${FOLDER}/${file} content)
    string(APPEND text "    {\"${file}\", R\"~~~(${content})~~~\"},\n")
endforeach()
string(APPEND text "};\n\n}  // namespace\n\n")
string(APPEND text "std::span<const TemplateFile> templates() { return kFiles; }\n\n")
string(APPEND text "}  // namespace trivet::cli\n")
file(WRITE ${OUT} "${text}")
