using Gloss.Models.GroundingDino;
using Gloss.Torch;

namespace Gloss.Tests.Models.GroundingDino;

public sealed class DeformableAttentionTests : IDisposable
{
    private readonly LiveValues live = new();

    public void Dispose() => live.Dispose();

    [Fact]
    public void Operator_Reference_OutputAndGradientsEqualTheOfficial()
    {
        using var scope = TensorScope.Begin();
        var data = GroundingReference.Tensors("msdeform_attn.safetensors");
        var shapes = data["core.spatial_shapes"].ToArray<long>();
        Tensor Leaf(string name) => data[name].Clone().SetRequiresGrad();
        var (value, locations, weights) = (Leaf("core.value"), Leaf("core.sampling_locations"),
            Leaf("core.attention_weights"));
        var output = NeuralOperators.DeformableAttention(value, shapes, locations, weights);
        TensorAssert.Close(data["core.output"], output, 1e-5, "output");
        output.Backward(data["core.upstream"]);
        TensorAssert.Close(data["core.grad.value"], value.Gradient()!, 1e-5, "gradient of values");
        TensorAssert.CloseRelative(data["core.grad.sampling_locations"], locations.Gradient()!, 1e-5,
            "gradient of locations");
        TensorAssert.Close(data["core.grad.attention_weights"], weights.Gradient()!, 1e-5, "gradient of weights");
    }

    [Theory]
    [InlineData("ref2")]
    [InlineData("ref4")]
    public void Module_Reference_OutputAndGradientsEqualTheOfficial(string name)
    {
        using var scope = TensorScope.Begin();
        var data = GroundingReference.Tensors("msdeform_attn.safetensors");
        using var module = new DeformableAttention(24, heads: 3, levels: 2, points: 4);
        var prefix = $"{name}.param.";
        module.Load(data.Where(d => d.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(d => d.Key[prefix.Length..], d => d.Value));
        Tensor Leaf(string part) => data[$"{name}.{part}"].Clone().SetRequiresGrad();
        var (query, value, references) = (Leaf("query"), Leaf("value"), Leaf("reference_points"));
        var output = module.Forward(query, references, value, data[$"{name}.spatial_shapes"].ToArray<long>(),
            data[$"{name}.key_padding_mask"].NotEqualTo(0L));
        TensorAssert.Close(data[$"{name}.output"], output, 1e-5, "output");
        output.Backward(data[$"{name}.upstream"]);
        TensorAssert.CloseRelative(data[$"{name}.grad.query"], query.Gradient()!, 1e-4, "gradient of queries");
        TensorAssert.CloseRelative(data[$"{name}.grad.value"], value.Gradient()!, 1e-4, "gradient of values");
        TensorAssert.CloseRelative(data[$"{name}.grad.reference_points"], references.Gradient()!, 1e-4,
            "gradient of references");
        foreach (var (parameter, stored) in module.NamedParameters())
            TensorAssert.CloseRelative(data[$"{name}.grad.param.{parameter}"], stored.Value.Gradient()!, 1e-4,
                $"gradient of {parameter}");
    }

    [Fact]
    public void InitialOffsets_ThreePoints_AreTheOfficial()
    {
        using var scope = TensorScope.Begin();
        var data = GroundingReference.Tensors("msdeform_attn.safetensors");
        TensorAssert.Close(data["init.sampling_offsets.bias_heads8_levels2_points3"],
            Tensor.FromData(DeformableAttention.InitialOffsets(8, 2, 3)), 1e-5);
    }

    // Widths of a head with and without a vector form of the kernel, float and double, points inside, outside and at
    // edges.
    [Theory]
    [InlineData(8, ScalarType.Float32)]
    [InlineData(24, ScalarType.Float32)]
    [InlineData(32, ScalarType.Float32)]
    [InlineData(64, ScalarType.Float32)]
    [InlineData(5, ScalarType.Float32)]
    [InlineData(32, ScalarType.Float64)]
    public void Operator_AnyWidth_EqualsThePlainFormulation(long width, ScalarType type)
    {
        Engine.Seed((ulong)width);
        using var scope = TensorScope.Begin();
        long[] shapes = [7, 9, 4, 5, 1, 1];
        var results = new List<Tensor[]>();
        var (values, places) = (Tensors.RandomNormal([2, 84, 2, width], type),
            Tensors.RandomUniform([2, 300, 2, 3, 4, 2], type) * 1.6 - 0.3);
        var (weights, upstream) = (Tensors.RandomNormal([2, 300, 2, 3, 4], type),
            Tensors.RandomNormal([2, 300, 2 * width], type));
        foreach (var attention in new Func<Tensor, long[], Tensor, Tensor, Tensor>[]
            { NeuralOperators.DeformableAttention, NeuralOperators.PlainDeformableAttention })
        {
            Tensor[] leaves = [.. new[] { values, places, weights }.Select(t => t.Clone().SetRequiresGrad())];
            var output = attention(leaves[0], shapes, leaves[1], leaves[2]);
            output.Backward(upstream);
            results.Add([output, .. leaves.Select(l => l.Gradient()!)]);
        }
        for (var i = 0; i < 4; i++)
            TensorAssert.CloseRelative(results[1][i], results[0][i], type == ScalarType.Float64 ? 1e-10 : 2e-5,
                $"result {i}");
    }

    [Fact]
    public void Operator_ShapesThatDoNotFit_SaysSo()
    {
        using var scope = TensorScope.Begin();
        var error = Assert.Throws<NativeException>(() =>
            NeuralOperators.DeformableAttention(Tensors.Zeros([1, 6, 1, 8]), [2, 2],
            Tensors.Zeros([1, 1, 1, 1, 4, 2]), Tensors.Zeros([1, 1, 1, 1, 4])));
        Assert.Contains("the levels have 4 places, value has 6", error.Message, StringComparison.Ordinal);
    }
}
