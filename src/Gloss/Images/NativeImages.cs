using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

using Gloss.Torch;

namespace Gloss.Images;

/// <summary>The door to libgloss_images; mirrors native/images/gloss_images.h.</summary>
internal static partial class NativeImages
{
    private const string Library = "gloss_images";
    private const int Abi = 1;

    static NativeImages()
    {
        NativeLibraries.Register(typeof(NativeImages).Assembly);
        if (Unsafe.SizeOf<DecodeOptions>() != 24 || Unsafe.SizeOf<ImageInfo>() != 24)
            throw new InvalidOperationException("libgloss_images · struct layout · expected 24 and 24 bytes");
        if (GetAbi() is var abi && abi != Abi)
            throw new ImageException(ImageFault.Native, "libgloss_images", "interface version", $"{Abi}", $"{abi}",
                "build native/ again: cmake --build native/build");
    }

    /// <summary>Statuses of the shim.</summary>
    internal enum Status
    {
        Ok = 0,
        UnknownFormat = 1,
        TooLarge = 2,
        Truncated = 3,
        Broken = 4,
        Argument = 5,
        Internal = 6,
    }

    [LibraryImport(Library, EntryPoint = "gloss_images_open")]
    internal static unsafe partial Status Open(byte* data, long length, in DecodeOptions options,
        out ImageReaderHandle reader, out ImageInfo info);

    [LibraryImport(Library, EntryPoint = "gloss_images_read")]
    internal static unsafe partial Status Read(ImageReaderHandle reader, byte* pixels, long length);

    [LibraryImport(Library, EntryPoint = "gloss_images_close")]
    internal static partial void Close(nint reader);

    [LibraryImport(Library, EntryPoint = "gloss_images_encode", StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial Status Encode(byte* pixels, int width, int height, string suffix, int quality,
        out byte* encoded, out long length);

    [LibraryImport(Library, EntryPoint = "gloss_images_free")]
    internal static unsafe partial void Free(byte* encoded);

    /// <summary>The calling thread's last message.</summary>
    internal static unsafe string LastError()
    {
        Span<byte> text = stackalloc byte[1024];
        fixed (byte* buffer = text)
            return Encoding.UTF8.GetString(text[..Math.Min(CopyLastError(buffer, text.Length), text.Length)]);
    }

    /// <summary>Names and versions of the libraries behind the door.</summary>
    internal static unsafe string Versions()
    {
        Span<byte> text = stackalloc byte[256];
        fixed (byte* buffer = text)
            return Encoding.UTF8.GetString(text[..Math.Min(CopyVersions(buffer, text.Length), text.Length)]);
    }

    [LibraryImport(Library, EntryPoint = "gloss_images_abi")]
    private static partial int GetAbi();

    [LibraryImport(Library, EntryPoint = "gloss_images_last_error")]
    private static unsafe partial int CopyLastError(byte* buffer, int capacity);

    [LibraryImport(Library, EntryPoint = "gloss_images_versions")]
    private static unsafe partial int CopyVersions(byte* buffer, int capacity);

    [StructLayout(LayoutKind.Sequential)]
    internal struct DecodeOptions
    {
        public long MaxPixels;
        public int Orient;
        public int ClipGray16;
        public int MinimumWidth;
        public int MinimumHeight;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct ImageInfo
    {
        public int Width;
        public int Height;
        public int StoredWidth;
        public int StoredHeight;
        public int Orientation;
        public int Reduction;
    }

    /// <summary>A picture whose header was read.</summary>
    internal sealed class ImageReaderHandle() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            NativeImages.Close(handle);
            return true;
        }
    }
}
