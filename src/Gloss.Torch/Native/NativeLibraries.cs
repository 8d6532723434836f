using System.Reflection;
using System.Runtime.InteropServices;

namespace Gloss.Torch;

/// <summary>
/// Finds Gloss's native libraries: in the folder that the environment variable <c>GLOSS_NATIVE</c> names, else in
/// <c>native/build</c> of the checkout that holds the program, else beside the program.
/// </summary>
public static class NativeLibraries
{
    private static readonly HashSet<Assembly> Registered = [];

    // Libraries of the system that are called without a door of our own: the files that may hold them.
    private static readonly Dictionary<string, string[]> SystemNames = new(StringComparer.Ordinal)
    {
        ["sqlite3"] = ["libsqlite3.so.0", "libsqlite3.so", "libsqlite3.dylib", "winsqlite3.dll", "sqlite3.dll"],
    };

    private static readonly Dictionary<string, string> SystemHints = new(StringComparer.Ordinal)
    {
        ["sqlite3"] = "install it (Debian: libsqlite3-0)",
    };

    /// <summary>
    /// The file name of a native library of Gloss on this system, for example <c>libgloss_torch.so</c>.
    /// </summary>
    public static string FileName(string name) =>
        OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";

    /// <summary>The full path of a native library of Gloss, or null when it is in none of the places.</summary>
    public static string? Find(string name)
    {
        var file = FileName(name);
        foreach (var folder in Folders())
        {
            var path = Path.Combine(folder, file);
            if (File.Exists(path))
                return path;
        }
        return null;
    }

    /// <summary>Lets <paramref name="assembly"/> load Gloss's native libraries (names that begin with <c>gloss_</c>)
    /// from the places above, and SQLite from the system.</summary>
    /// <remarks>Doing it again for the same assembly changes nothing.</remarks>
    public static void Register(Assembly assembly)
    {
        lock (Registered)
        {
            if (Registered.Add(assembly))
                NativeLibrary.SetDllImportResolver(assembly, Resolve);
        }
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (SystemNames.TryGetValue(name, out var names))
            return LoadSystem(name, names);
        if (!name.StartsWith("gloss_", StringComparison.Ordinal))
            return IntPtr.Zero;
        if (Find(name) is { } path)
            return NativeLibrary.Load(path);
        throw new DllNotFoundException(
            $"{FileName(name)} was not found · looked in {string.Join(", ", Folders())} · " +
            "hint: run ./gloss info in a checkout, which builds it, or set GLOSS_NATIVE to the folder that holds it");
    }

    private static IntPtr LoadSystem(string name, string[] files)
    {
        foreach (var file in files)
        {
            if (NativeLibrary.TryLoad(file, out var library))
                return library;
        }
        throw new DllNotFoundException(
            $"{name} is not installed · looked for {string.Join(", ", files)} · hint: {SystemHints[name]}");
    }

    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable("GLOSS_NATIVE") is { Length: > 0 } set)
            yield return set;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Gloss.slnx")))
                yield return Path.Combine(folder.FullName, "native", "build");
        }
        yield return AppContext.BaseDirectory;
    }
}
