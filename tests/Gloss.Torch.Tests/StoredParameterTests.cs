using Gloss.Torch.Inference;

namespace Gloss.Torch.Tests;

/// <summary>Parameters that stay as a file stores them until their values are asked for.</summary>
public sealed class StoredParameterTests
{
    private static readonly float[] numbers = [0, 0.5f, -127, 2, 4, -8];

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int8)]
    public void Load_StoredValues_AreWidenedOnlyWhereTheyMustBe(ScalarType type)
    {
        using var live = new LiveValues();
        using var module = new Pair();
        Load(module, _ => Stored(type));

        Assert.True(module.Kept.IsStored);
        Assert.False(module.Wide.IsStored);
        Assert.Equal(type, module.Kept.Kept.Values.Type);
        Assert.Equal([2L, 3], module.Kept.Shape);
        Assert.Equal(12, module.ParameterCount());

        // Asked for, they are float32 from then on.
        Assert.Equal(Expected(type), module.Kept.Value.ToArray<float>());
        Assert.False(module.Kept.IsStored);
        Assert.Same(module.Kept.Value, module.Kept.Kept.Values);
        Assert.True(module.Kept.Value.RequiresGrad);
        Assert.Null(module.Kept.Kept.Scales);
        Assert.Equal(Expected(type), module.Wide.Value.ToArray<float>());
    }

    [Fact]
    public void Load_Float32_IsTakenAsItIs()
    {
        using var live = new LiveValues();
        using var module = new Pair();
        Load(module, name => name == "kept" ? new StoredTensor(Tensor.FromData(numbers, 2, 3)) : null);
        Assert.False(module.Kept.IsStored);
        Assert.Equal(numbers, module.Kept.Value.ToArray<float>());
        Assert.Equal(new float[6], module.Wide.Value.ToArray<float>());
    }

    [Fact]
    public void CanPack_StoredWeight_AsksItsShape()
    {
        Assert.SkipUnless(OneDnn.IsAvailable, "libgloss_onednn was not built");
        using var module = new Pair();
        Load(module, _ => Stored(ScalarType.Float16));
        Assert.False(PackedLinear.CanPack(module.Kept)); // two rows
        Assert.True(module.Kept.IsStored);
    }

    private static void Load(Pair module, Func<string, StoredTensor?> open) =>
        module.Load(module.State().ToDictionary(p => p.Key, p => p.Value.Shape), open);

    private static StoredTensor Stored(ScalarType type)
    {
        using var scope = TensorScope.Begin();
        var values = Tensor.FromData(numbers, 2, 3);
        return type == ScalarType.Int8
            ? new StoredTensor(Tensor.FromData<sbyte>([0, 1, -127, 1, 2, -4], 2, 3), Tensor.FromData([0.5f, 2f], 2))
            : new StoredTensor(values.To(type));
    }

    private static float[] Expected(ScalarType type) => type == ScalarType.Int8 ? [0, 0.5f, -63.5f, 2, 4, -8] : numbers;

    private sealed class Pair : Module
    {
        public Pair()
        {
            Kept = AddParameter("kept", Tensors.Zeros([2, 3]));
            Kept.MayStayStored = true;
            Wide = AddParameter("wide", Tensors.Zeros([2, 3]));
        }

        public Parameter Kept { get; }

        public Parameter Wide { get; }
    }
}
