/* AudioServerPlugIn.h - what coreaudiod calls in a driver and a driver in it,
   declared anew from its documentation for builds without an SDK. Sizes and
   offsets were compared with Apple's for both architectures.
   SPDX-License-Identifier: MIT */
#ifndef VSC_APPLE_AUDIO_SERVER_PLUG_IN_H
#define VSC_APPLE_AUDIO_SERVER_PLUG_IN_H

#include <CoreAudio/AudioHardwareBase.h>
#include <sys/types.h>

enum {
  kAudioServerPlugInIOOperationThread = VSC_FOURCC('t', 'h', 'r', 'd'),
  kAudioServerPlugInIOOperationCycle = VSC_FOURCC('c', 'y', 'c', 'l'),
  kAudioServerPlugInIOOperationReadInput = VSC_FOURCC('r', 'e', 'a', 'd'),
  kAudioServerPlugInIOOperationConvertInput = VSC_FOURCC('c', 'i', 'n', 'p'),
  kAudioServerPlugInIOOperationProcessInput = VSC_FOURCC('p', 'i', 'n', 'p'),
  kAudioServerPlugInIOOperationProcessOutput = VSC_FOURCC('p', 'o', 'u', 't'),
  kAudioServerPlugInIOOperationMixOutput = VSC_FOURCC('m', 'i', 'x', 'o'),
  kAudioServerPlugInIOOperationProcessMix = VSC_FOURCC('p', 'm', 'i', 'x'),
  kAudioServerPlugInIOOperationConvertMix = VSC_FOURCC('c', 'm', 'i', 'x'),
  kAudioServerPlugInIOOperationWriteMix = VSC_FOURCC('r', 'i', 't', 'e'),
};

typedef struct AudioServerPlugInCustomPropertyInfo {
  AudioObjectPropertySelector mSelector;
  UInt32 mPropertyDataType;
  UInt32 mQualifierDataType;
} AudioServerPlugInCustomPropertyInfo;

typedef struct AudioServerPlugInClientInfo {
  UInt32 mClientID;
  pid_t mProcessID;
  Boolean mIsNativeEndian;
  CFStringRef mBundleID;
} AudioServerPlugInClientInfo;

typedef struct AudioServerPlugInIOCycleInfo {
  UInt64 mIOCycleCounter;
  UInt32 mNominalIOBufferFrameSize;
  AudioTimeStamp mCurrentTime;
  AudioTimeStamp mInputTime;
  AudioTimeStamp mOutputTime;
  Float64 mMainHostTicksPerFrame;
  Float64 mDeviceHostTicksPerFrame;
} AudioServerPlugInIOCycleInfo;

typedef const struct AudioServerPlugInHostInterface *AudioServerPlugInHostRef;
typedef struct AudioServerPlugInDriverInterface **AudioServerPlugInDriverRef;

typedef struct AudioServerPlugInHostInterface {
  OSStatus (*PropertiesChanged)(AudioServerPlugInHostRef inHost,
                                AudioObjectID inObjectID,
                                UInt32 inNumberAddresses,
                                const AudioObjectPropertyAddress *inAddresses);
  OSStatus (*CopyFromStorage)(AudioServerPlugInHostRef inHost,
                              CFStringRef inKey,
                              CFPropertyListRef *outData);
  OSStatus (*WriteToStorage)(AudioServerPlugInHostRef inHost,
                             CFStringRef inKey,
                             CFPropertyListRef inData);
  OSStatus (*DeleteFromStorage)(AudioServerPlugInHostRef inHost,
                                CFStringRef inKey);
  OSStatus (*RequestDeviceConfigurationChange)(AudioServerPlugInHostRef inHost,
                                               AudioObjectID inDeviceObjectID,
                                               UInt64 inChangeAction,
                                               void *inChangeInfo);
} AudioServerPlugInHostInterface;

typedef struct AudioServerPlugInDriverInterface {
  void *_reserved;
  HRESULT(*QueryInterface)
  (void *inDriver, REFIID inUUID, LPVOID *outInterface);
  ULONG (*AddRef)(void *inDriver);
  ULONG (*Release)(void *inDriver);
  OSStatus (*Initialize)(AudioServerPlugInDriverRef inDriver,
                         AudioServerPlugInHostRef inHost);
  OSStatus (*CreateDevice)(AudioServerPlugInDriverRef inDriver,
                           CFDictionaryRef inDescription,
                           const AudioServerPlugInClientInfo *inClientInfo,
                           AudioObjectID *outDeviceObjectID);
  OSStatus (*DestroyDevice)(AudioServerPlugInDriverRef inDriver,
                            AudioObjectID inDeviceObjectID);
  OSStatus (*AddDeviceClient)(AudioServerPlugInDriverRef inDriver,
                              AudioObjectID inDeviceObjectID,
                              const AudioServerPlugInClientInfo *inClientInfo);
  OSStatus (*RemoveDeviceClient)(
    AudioServerPlugInDriverRef inDriver,
    AudioObjectID inDeviceObjectID,
    const AudioServerPlugInClientInfo *inClientInfo);
  OSStatus (*PerformDeviceConfigurationChange)(
    AudioServerPlugInDriverRef inDriver,
    AudioObjectID inDeviceObjectID,
    UInt64 inChangeAction,
    void *inChangeInfo);
  OSStatus (*AbortDeviceConfigurationChange)(
    AudioServerPlugInDriverRef inDriver,
    AudioObjectID inDeviceObjectID,
    UInt64 inChangeAction,
    void *inChangeInfo);
  Boolean (*HasProperty)(AudioServerPlugInDriverRef inDriver,
                         AudioObjectID inObjectID,
                         pid_t inClientProcessID,
                         const AudioObjectPropertyAddress *inAddress);
  OSStatus (*IsPropertySettable)(AudioServerPlugInDriverRef inDriver,
                                 AudioObjectID inObjectID,
                                 pid_t inClientProcessID,
                                 const AudioObjectPropertyAddress *inAddress,
                                 Boolean *outIsSettable);
  OSStatus (*GetPropertyDataSize)(AudioServerPlugInDriverRef inDriver,
                                  AudioObjectID inObjectID,
                                  pid_t inClientProcessID,
                                  const AudioObjectPropertyAddress *inAddress,
                                  UInt32 inQualifierDataSize,
                                  const void *inQualifierData,
                                  UInt32 *outDataSize);
  OSStatus (*GetPropertyData)(AudioServerPlugInDriverRef inDriver,
                              AudioObjectID inObjectID,
                              pid_t inClientProcessID,
                              const AudioObjectPropertyAddress *inAddress,
                              UInt32 inQualifierDataSize,
                              const void *inQualifierData,
                              UInt32 inDataSize,
                              UInt32 *outDataSize,
                              void *outData);
  OSStatus (*SetPropertyData)(AudioServerPlugInDriverRef inDriver,
                              AudioObjectID inObjectID,
                              pid_t inClientProcessID,
                              const AudioObjectPropertyAddress *inAddress,
                              UInt32 inQualifierDataSize,
                              const void *inQualifierData,
                              UInt32 inDataSize,
                              const void *inData);
  OSStatus (*StartIO)(AudioServerPlugInDriverRef inDriver,
                      AudioObjectID inDeviceObjectID,
                      UInt32 inClientID);
  OSStatus (*StopIO)(AudioServerPlugInDriverRef inDriver,
                     AudioObjectID inDeviceObjectID,
                     UInt32 inClientID);
  OSStatus (*GetZeroTimeStamp)(AudioServerPlugInDriverRef inDriver,
                               AudioObjectID inDeviceObjectID,
                               UInt32 inClientID,
                               Float64 *outSampleTime,
                               UInt64 *outHostTime,
                               UInt64 *outSeed);
  OSStatus (*WillDoIOOperation)(AudioServerPlugInDriverRef inDriver,
                                AudioObjectID inDeviceObjectID,
                                UInt32 inClientID,
                                UInt32 inOperationID,
                                Boolean *outWillDo,
                                Boolean *outWillDoInPlace);
  OSStatus (*BeginIOOperation)(
    AudioServerPlugInDriverRef inDriver,
    AudioObjectID inDeviceObjectID,
    UInt32 inClientID,
    UInt32 inOperationID,
    UInt32 inIOBufferFrameSize,
    const AudioServerPlugInIOCycleInfo *inIOCycleInfo);
  OSStatus (*DoIOOperation)(AudioServerPlugInDriverRef inDriver,
                            AudioObjectID inDeviceObjectID,
                            AudioObjectID inStreamObjectID,
                            UInt32 inClientID,
                            UInt32 inOperationID,
                            UInt32 inIOBufferFrameSize,
                            const AudioServerPlugInIOCycleInfo *inIOCycleInfo,
                            void *ioMainBuffer,
                            void *ioSecondaryBuffer);
  OSStatus (*EndIOOperation)(AudioServerPlugInDriverRef inDriver,
                             AudioObjectID inDeviceObjectID,
                             UInt32 inClientID,
                             UInt32 inOperationID,
                             UInt32 inIOBufferFrameSize,
                             const AudioServerPlugInIOCycleInfo *inIOCycleInfo);
} AudioServerPlugInDriverInterface;

VSC_SIZE(AudioServerPlugInCustomPropertyInfo, 12);
VSC_SIZE(AudioServerPlugInClientInfo, 24);
VSC_OFFSET(AudioServerPlugInClientInfo, mIsNativeEndian, 8);
VSC_OFFSET(AudioServerPlugInClientInfo, mBundleID, 16);
VSC_SIZE(AudioServerPlugInIOCycleInfo, 224);
VSC_OFFSET(AudioServerPlugInIOCycleInfo, mCurrentTime, 16);
VSC_OFFSET(AudioServerPlugInIOCycleInfo, mInputTime, 80);
VSC_OFFSET(AudioServerPlugInIOCycleInfo, mOutputTime, 144);
VSC_OFFSET(AudioServerPlugInIOCycleInfo, mMainHostTicksPerFrame, 208);
VSC_SIZE(AudioServerPlugInHostInterface, 40);
VSC_OFFSET(AudioServerPlugInHostInterface,
           RequestDeviceConfigurationChange,
           32);
VSC_SIZE(AudioServerPlugInDriverInterface, 184);
VSC_OFFSET(AudioServerPlugInDriverInterface, Initialize, 32);
VSC_OFFSET(AudioServerPlugInDriverInterface, HasProperty, 88);
VSC_OFFSET(AudioServerPlugInDriverInterface, StartIO, 128);
VSC_OFFSET(AudioServerPlugInDriverInterface, GetZeroTimeStamp, 144);
VSC_OFFSET(AudioServerPlugInDriverInterface, DoIOOperation, 168);

#endif
