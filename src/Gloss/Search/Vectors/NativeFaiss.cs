using System.Runtime.InteropServices;
using System.Text;
using Gloss.Torch;

namespace Gloss.Search.Vectors;

/// <summary>The door to libgloss_faiss; mirrors native/faiss/gloss_faiss.h.</summary>
internal static unsafe partial class NativeFaiss
{
    public const string Library = "gloss_faiss";
    private const int Abi = 2;

    static NativeFaiss()
    {
        NativeLibraries.Register(typeof(NativeFaiss).Assembly);
        if (gloss_faiss_abi() is var abi && abi != Abi)
            throw new CatalogueException(
                $"libgloss_faiss · interface version · expected {Abi}, got {abi} · hint: build native/ again: cmake "
                + $"--build native/build");
    }

    [LibraryImport(Library)] public static partial int gloss_faiss_abi();
    [LibraryImport(Library)] public static partial int gloss_faiss_error(byte* buffer, int capacity);
    [LibraryImport(Library)] public static partial int gloss_faiss_version(byte* buffer, int capacity);
    [LibraryImport(Library)]
    public static partial int gloss_faiss_cluster(int width, int cells, float* vectors, long count, int rounds,
        int threads, float* middles);
    [LibraryImport(Library)]
    public static partial int gloss_faiss_assign(int width, int cells, float* middles, float* vectors, long count,
        int threads, int* cellsOf);

    /// <summary>Throws the calling thread's last message where a call did not return 0.</summary>
    public static void Check(int status, string doing)
    {
        if (status == 0)
            return;
        Span<byte> text = stackalloc byte[1024];
        fixed (byte* buffer = text)
        {
            var length = Math.Min(gloss_faiss_error(buffer, text.Length), text.Length);
            throw new CatalogueException(
                $"FAISS: {doing} failed · {Encoding.UTF8.GetString(text[..length]).ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>FAISS's version.</summary>
    public static string Version()
    {
        Span<byte> text = stackalloc byte[64];
        fixed (byte* buffer = text)
            return Encoding.UTF8.GetString(text[..Math.Min(gloss_faiss_version(buffer, text.Length), text.Length)]);
    }
}
